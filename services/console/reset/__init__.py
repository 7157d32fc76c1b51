"""A new password for who forgot theirs: asking for a link, and following one."""
