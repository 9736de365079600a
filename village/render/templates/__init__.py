"""Jinja2, sandboxed: which template renders a page, what it may reach, how long it may take."""
