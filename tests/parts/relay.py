"""A door in front of a TCP server that a test can shut: shut, it refuses what comes and hangs up on what is there."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading

from tests.parts.waiting import free_port


class Relay:
    """Forwards 127.0.0.1:``port`` to ``target`` in threads, while it is open."""

    def __init__(self, target: int, port: int = 0) -> None:
        self.target, self.port = target, port or free_port()
        self.listener: socket.socket | None = None
        self.connections: set[socket.socket] = set()
        self.open()

    def open(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=50)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def shut(self) -> None:
        listener, self.listener = self.listener, None
        for each in ([listener] if listener else []) + list(self.connections):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError, KeyError), client:
            self.connections.add(client)
            with socket.create_connection(("127.0.0.1", self.target), 5) as server, selectors.DefaultSelector() as both:
                both.register(client, selectors.EVENT_READ, server)
                both.register(server, selectors.EVENT_READ, client)
                while True:
                    for key, _ in both.select():
                        data = key.fileobj.recv(65536)
                        if not data:
                            return
                        key.data.sendall(data)
        self.connections.discard(client)
