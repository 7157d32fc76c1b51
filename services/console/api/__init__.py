"""The JSON API: what people do on the pages, for programs with a key. Mounted at /api/v1 (docs/api.md)."""
