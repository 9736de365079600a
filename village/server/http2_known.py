"""The prepared answers of one HTTP/2 connection, by the header blocks that ask for them."""

from __future__ import annotations

from village.server import fastlane, http2_blocks
from village.server.answer import Answer, Request
from village.server.fastlane import Memo
from village.server.http2_blocks import Hit2

MOST = 256


class Known:
    """``hits``: constant header block → prepared answer, as of ``generation`` of the memo. ``block``: the constant
    block that h2 reads now, b"" for any other.
    """

    __slots__ = ("block", "generation", "hits", "memo")

    def __init__(self, memo: Memo) -> None:
        self.memo = memo
        self.generation = memo.generation
        self.hits: dict[bytes, Hit2] = {}
        self.block = b""

    def renew(self) -> None:
        """Forget everything: a release or a rule has changed."""
        self.generation = self.memo.generation
        self.hits.clear()

    def passing(self, flags: int, block: bytes) -> None:
        """A block on its way to h2: whatever may change the dynamic table changes what all known blocks mean."""
        whole = flags & ~(http2_blocks.WITH_PRIORITY | http2_blocks.END_STREAM) == http2_blocks.END_HEADERS
        if whole and http2_blocks.constant(block):
            self.block = block if flags & http2_blocks.END_STREAM else b""
        else:
            self.block = b""
            self.hits.clear()

    def worth(self, asked: Request, found: Answer) -> bool:
        """Whether the answer to the block that h2 reads now can be prepared for the next one like it."""
        return (
            bool(self.block)
            and asked.method in {"GET", "HEAD"}
            and fastlane.preparable(found)
            and not found.once
            and len(self.hits) <= MOST
        )
