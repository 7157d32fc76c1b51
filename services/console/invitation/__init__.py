"""Following an invitation's link into a client's team."""
