"""Code highlighting by Pygments in Chroma's shape."""
