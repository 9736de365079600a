"""Functions and filters of templates, with Hugo's names."""
