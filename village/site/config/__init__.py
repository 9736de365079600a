"""The configuration: its files, environment, themes and languages, and what it means for pages."""
