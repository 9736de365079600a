"""Assets as templates see them, and what can be done to them."""
