"""One's own account: name and looks, password, second factor, open sessions."""
