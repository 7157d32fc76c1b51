"""The operators' collector, as the fleet's commands speak to it."""
