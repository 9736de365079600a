"""The scripted CA is fair: clients that know nothing of village get certificates from it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from cryptography import x509

from tests.fakes import ca as scripted
from tests.parts.need import need
from tests.parts.waiting import free_port


def names_in(pem: bytes) -> set[str]:
    leaf = x509.load_pem_x509_certificates(pem)[0]
    return set(
        leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    )


def test_certbot_gets_a_certificate(tmp_path: Path) -> None:
    program, port = need("certbot"), free_port()
    with scripted.running(tmp_path / "ca", port) as running:
        running.ca.processing = 1
        command = [program, "certonly", "--standalone", "-n", "--agree-tos", "-m", "a@one.test"]
        command += ["--http-01-address", "127.0.0.1", "--http-01-port", str(port), "--server", running.directory]
        command += ["-d", "one.test", "-d", "www.one.test"]
        for folder in ("config", "work", "logs"):
            command += [f"--{folder}-dir", str(tmp_path / folder)]
        environment = {"PATH": os.environ["PATH"], "REQUESTS_CA_BUNDLE": running.ca_bundle}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        chain = (tmp_path / "config/live/one.test/fullchain.pem").read_bytes()
    assert names_in(chain) == {"one.test", "www.one.test"}


def test_lego_gets_a_certificate_with_account_binding(tmp_path: Path) -> None:
    program, port = need("lego"), free_port()
    with scripted.running(tmp_path / "ca", port) as running:
        running.ca.eab = {"kid-1": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"}
        running.ca.bad_nonces = 1
        command = [program, "--server", running.directory, "--accept-tos", "--email", "a@one.test", "--eab"]
        command += ["--kid", "kid-1", "--hmac", running.ca.eab["kid-1"], "--path", str(tmp_path / "lego")]
        command += ["--http", "--http.port", f"127.0.0.1:{port}", "--domains", "one.test", "run"]
        environment = {"PATH": os.environ["PATH"], "LEGO_CA_CERTIFICATES": running.ca_bundle}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        chain = (tmp_path / "lego/certificates/one.test.crt").read_bytes()
    assert names_in(chain) == {"one.test"}
