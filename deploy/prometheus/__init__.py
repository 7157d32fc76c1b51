"""Prometheus: what it scrapes, which rules it evaluates, and the list of all our metrics."""
