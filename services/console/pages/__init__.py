"""From values to HTML: templates, languages, icons."""
