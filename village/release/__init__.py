"""The release: immutable, on disk, named by the hash of its content; all that the two wings share."""
