"""The one process: opens every room in order, introduces them to one another, closes them in reverse."""
