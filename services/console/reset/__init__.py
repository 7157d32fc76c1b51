"""Following a link to a new password."""
