"""GitHub, as far as client repositories need it."""
