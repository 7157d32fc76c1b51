"""The list of conversations: chosen, searched, page by page."""
