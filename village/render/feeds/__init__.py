"""What is written for machines: feeds, search index, sitemap, robots."""
