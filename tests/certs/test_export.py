from __future__ import annotations

from pathlib import Path

from village.certs import certificate, export, keys, minting
from village.certs.bundle import Bundle


def test_the_files_that_other_programs_expect(tmp_path: Path) -> None:
    root, root_key = minting.authority()
    bundle = Bundle.of(*minting.issued(root, root_key, ["one.test"], lifetime=minting.BACKDATED), "internal")
    written = export.write(tmp_path, {"one.test": bundle})
    folder = tmp_path / "one.test"
    assert {path.name for path in written} == {"privkey.pem", "cert.pem", "chain.pem", "fullchain.pem"}
    assert (folder / "fullchain.pem").read_bytes() == bundle.chain
    assert len(certificate.load((folder / "cert.pem").read_bytes())) == 1
    assert (folder / "chain.pem").read_bytes() == root
    assert (folder / "privkey.pem").stat().st_mode & 0o777 == 0o600
    assert certificate.belongs(bundle.chain, keys.from_pem((folder / "privkey.pem").read_bytes()))
