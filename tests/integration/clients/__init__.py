"""Clients as repositories, and where they run."""
