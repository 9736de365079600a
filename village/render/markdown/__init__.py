"""Markdown as Hugo renders it: mistune's parser, goldmark's rules; pure functions of text and options."""
