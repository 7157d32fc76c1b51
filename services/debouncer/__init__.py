"""The debouncer: groups each conversation's burst and keeps it in order."""
