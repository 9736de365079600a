"""From names to titles, URLs and file paths: Hugo's sanitising, permalinks and aliases."""
