"""The site: from a folder to what the author wrote, understood, not yet rendered."""
