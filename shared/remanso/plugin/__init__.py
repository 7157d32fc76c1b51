"""What a client (a business) is: its client.toml, its tools, and how both are found."""
