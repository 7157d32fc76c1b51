"""Saved replies: texts that a team says often."""
