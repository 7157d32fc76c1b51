"""What a person may choose about how the console looks."""

AUTO = "auto"
THEMES = (AUTO, "light", "dark")
