"""Bodies too large for memory: sendfile on plain connections, pieces with back-pressure on the others."""

from __future__ import annotations

import asyncio
import os
from typing import Protocol

from village.errors import ReleaseBroken
from village.server.answer import Piece, Slice
from village.server.pages import Pages, small

CHUNK = 128 * 1024
SMALL_PART = 64 * 1024
TURN = 1024 * 1024  # bytes of one sendfile turn, after which the others get theirs


class Wire(Protocol):
    """What a body is sent over."""

    transport: asyncio.Transport
    plain: bool

    async def drained(self) -> None:
        """Wait until the peer has taken enough; raises ConnectionResetError when it is gone."""

    async def writable(self, descriptor: int) -> None:
        """Wait for room in a socket; raises ConnectionResetError when the peer is gone."""

    def progress(self) -> None:
        """The peer took something: the write deadline starts anew."""


def load(pieces: tuple[Piece, ...], pages: Pages, *, at_once: bool = True) -> list[bytes | Slice]:
    """Small pieces read, large files looked at: what can go wrong goes wrong before the head is sent. Raises
    ReleaseBroken. ``at_once``: there is room for it; else the small ones, too, are only looked at.
    """
    ready: list[bytes | Slice] = []
    for piece in pieces:
        if isinstance(piece, bytes):
            ready.append(piece)
        elif small(piece) and at_once:
            ready.append(pages.body(pages.get(piece.path)))
        elif piece.length <= SMALL_PART and at_once:
            ready.append(part(piece))
        else:
            if not os.path.exists(piece.path):
                raise ReleaseBroken(f"blob {os.path.basename(piece.path)[:12]}… is missing")
            ready.append(piece)
    return ready


def part(piece: Slice) -> bytes:
    """A small part of a file. Raises ReleaseBroken."""
    try:
        descriptor = os.open(piece.path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise ReleaseBroken(f"blob {os.path.basename(piece.path)[:12]}… cannot be read: {error.strerror}") from error
    try:
        return os.pread(descriptor, piece.length, piece.offset)
    finally:
        os.close(descriptor)


def cut(piece: bytes | Slice, start: int, size: int) -> bytes:
    """``size`` bytes of a piece. Raises OSError, ReleaseBroken."""
    if isinstance(piece, bytes):
        return piece[start : start + size]
    found = part(Slice(piece.path, piece.offset + start, size, whole=False))
    if len(found) < size:
        raise OSError("the blob is shorter than its entry")
    return found


async def send(wire: Wire, pieces: list[bytes | Slice]) -> None:
    """Everything, in order. Raises OSError or ConnectionResetError; the connection is useless then."""
    for piece in pieces:
        if isinstance(piece, bytes):
            wire.transport.write(piece)
            await wire.drained()
        else:
            descriptor = os.open(piece.path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                if wire.plain:
                    await by_sendfile(wire, descriptor, piece.offset, piece.length)
                else:
                    await by_chunks(wire, descriptor, piece.offset, piece.length)
            finally:
                os.close(descriptor)


async def by_chunks(wire: Wire, descriptor: int, offset: int, length: int) -> None:
    end = offset + length
    while offset < end:
        data = os.pread(descriptor, min(CHUNK, end - offset), offset)
        if not data:
            raise OSError("the blob is shorter than its entry")
        offset += len(data)
        wire.transport.write(data)
        await wire.drained()
        await asyncio.sleep(0)


async def by_sendfile(wire: Wire, descriptor: int, offset: int, length: int) -> None:
    """The kernel copies from file to socket. uvloop has no sendfile and guards its own descriptors, so readiness is
    watched on a duplicate, and only while the transport's own buffer is empty."""
    transport = wire.transport
    transport.set_write_buffer_limits(high=0)
    await wire.drained()
    socket = transport.get_extra_info("socket")
    target = os.dup(socket.fileno())
    end = offset + length
    try:
        while offset < end:
            offset = await turn(wire, target, descriptor, offset, end)
    finally:
        os.close(target)
        if not transport.is_closing():
            transport.set_write_buffer_limits()


async def turn(wire: Wire, target: int, descriptor: int, offset: int, end: int) -> int:
    """Send up to TURN bytes; returns the new offset. Waits when the socket is full."""
    if wire.transport.is_closing():
        raise ConnectionResetError("the connection is gone")
    try:
        sent = os.sendfile(target, descriptor, offset, min(TURN, end - offset))
    except BlockingIOError:
        await wire.writable(target)
        return offset
    if not sent:
        raise OSError("the blob is shorter than its entry")
    wire.progress()
    await asyncio.sleep(0)
    return offset + sent
