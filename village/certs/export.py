"""Certificates as plain PEM files, for a mail server or another program beside village."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from village.certs.bundle import Bundle
from village.files import write_whole

END = b"-----END CERTIFICATE-----"


def write(folder: Path, bundles: Mapping[str, Bundle]) -> list[Path]:
    """``<name>/privkey.pem`` (0600), ``fullchain.pem``, ``cert.pem`` and ``chain.pem``, certbot's names; the
    files written.

    The key is written first: a program that reloads on a change of fullchain.pem then finds the matching key.
    """
    written = []
    for name, bundle in bundles.items():
        leaf, end, rest = bundle.chain.partition(END)
        parts = {
            "privkey.pem": bundle.key,
            "cert.pem": leaf + end + b"\n",
            "chain.pem": rest.lstrip(),
            "fullchain.pem": bundle.chain,
        }
        for file, data in parts.items():
            path = folder / name / file
            write_whole(path, data, durable=True, mode=0o600 if file == "privkey.pem" else 0o644)
            written.append(path)
    return written
