"""Hugo and village on the same site: lay it out twice, build it with both, compare what came out."""
