"""Clients as repositories: made from the template, given an account everywhere, run as a fleet."""
