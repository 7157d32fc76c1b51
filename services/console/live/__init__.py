"""Pages that move by themselves: what changed, told to whoever looks at it."""
