"""What the process does on a signal. Without a handler every one of these ends it at once, in the middle of answers."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable

ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)  # nginx and its image end by QUIT
log = logging.getLogger("village")


def heed(end: Callable[[], None], look: Callable[[], None]) -> None:
    """``end``: finish open requests and go. ``look``: is there something new? What reloads nginx does that here."""
    loop = asyncio.get_running_loop()
    for number in ENDING:
        loop.add_signal_handler(number, end)
    loop.add_signal_handler(signal.SIGHUP, look)
    loop.add_signal_handler(signal.SIGUSR1, log.info, "SIGUSR1: the access log goes to stdout, nothing is opened anew")
