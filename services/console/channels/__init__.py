"""A client's numbers and templates: how they stand with Meta, and a message to try them."""
