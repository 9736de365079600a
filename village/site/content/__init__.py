"""The content on disk: files, bundles, resources, read once."""
