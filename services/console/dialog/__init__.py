"""One conversation: everything that was said and done in it, as far as the viewer may see."""
