"""Heroku's Platform API v3."""
