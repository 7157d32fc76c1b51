"""The catalogue: what a client offers, in forms made from its own collections."""
