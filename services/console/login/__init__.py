"""Signing in and out: password, second factor, and what slows down guessing."""
