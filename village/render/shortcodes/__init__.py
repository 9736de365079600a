"""Shortcodes: from a body's text to calls, and from calls to HTML."""
