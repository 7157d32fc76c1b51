"""Files that contacts sent, shown to whoever may see the conversation and to nobody else."""
