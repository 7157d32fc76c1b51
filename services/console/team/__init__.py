"""The people of a client: invite, roles, remove, a new password by link; and who did what."""
