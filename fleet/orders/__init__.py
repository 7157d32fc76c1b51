"""Orders to the whole fleet, or to a selection of it."""
