"""A database in a folder, and back: `remanso backup`, `remanso restore`, and what `fleet destroy` does first."""
