"""``python -m village``."""

from village.cli import main

main()
