"""Keys of the API: made and revoked by a client's administrators."""
