"""Images: Hugo's options read, Pillow's work done."""
