"""Who did what in a client, and why: all of it, page by page."""
