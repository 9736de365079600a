"""Sync: from a push to a commit on disk, on every replica."""
