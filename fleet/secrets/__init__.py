"""Where secrets come from, and how they stay out of everything that is shown or kept."""
