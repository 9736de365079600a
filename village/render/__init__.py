"""Rendering: from the site to text, one page at a time; no disk, no clock, no network."""
