"""Passwords, tokens and second factors: what only its owner may know."""
