"""The sender: delivers each conversation's messages in order, inside the 24-hour window, once."""
