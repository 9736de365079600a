"""The data languages of a site, and front matter, which is written in them."""
