"""The operators' panel: all apps of the fleet in one place."""
