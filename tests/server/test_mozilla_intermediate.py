"""What sslyze checks against Mozilla's "intermediate", asked with openssl s_client: sslyze itself pins an older
cryptography than we need.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.parts.need import need
from village.certs import tls

ALLOWED = [suite for suite in tls.CIPHERS.split(":") if "ECDSA" in suite]
CONFIG = Path(__file__).parents[2] / "docker/openssl.cnf"
# A server with the product's context in a process of its own: OpenSSL reads its configuration once, at the start.
SERVER = """
import socket, ssl, sys
from village.certs import bundle, minting, tls
context = tls.context_of(bundle.Bundle.of(*minting.self_signed(["localhost"]), "test"))
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
while True:
    client, _ = listening.accept()
    client.settimeout(5)
    try:
        with context.wrap_socket(client, server_side=True) as secure:
            while data := secure.recv(1000):
                secure.sendall(data)
    except OSError:
        client.close()
"""


@pytest.fixture(scope="module")
def port():
    environment = {**os.environ, "OPENSSL_CONF": str(CONFIG), "PYTHONPATH": str(CONFIG.parents[1])}
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        yield int(process.stdout.readline())
        process.kill()


def ask(port, *options, said="Q\n"):
    """(whether the handshake succeeded, what openssl said)."""
    command = [need("openssl"), "s_client", "-connect", f"127.0.0.1:{port}", *options]
    environment = {**os.environ, "OPENSSL_CONF": "/dev/null"}
    done = subprocess.run(command, input=said, capture_output=True, text=True, timeout=20, env=environment, check=False)
    text = done.stdout + done.stderr
    return bool(re.search(r"New, TLSv1\.[23], Cipher is (?!\(NONE\))", text)), text


def everything_else():
    """Every suite of TLS 1.2 and before that this OpenSSL can offer and Mozilla does not list."""
    listed = subprocess.run(
        [need("openssl"), "ciphers", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"], capture_output=True, text=True, check=True
    ).stdout
    return ":".join(
        s for s in listed.strip().split(":") if not s.startswith("TLS_") and s not in tls.CIPHERS.split(":")
    )


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
def test_old_versions_are_refused(port, version):
    assert not ask(port, version, "-cipher", "ALL:@SECLEVEL=0")[0]


@pytest.mark.parametrize("suite", ALLOWED)
def test_each_listed_suite_works(port, suite):
    assert ask(port, "-tls1_2", "-cipher", suite)[0]


def test_no_other_suite_works(port):
    assert not ask(port, "-tls1_2", "-cipher", everything_else() + ":@SECLEVEL=0")[0]


@pytest.mark.parametrize("suite", ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"])
def test_each_suite_of_1_3_works(port, suite):
    assert ask(port, "-tls1_3", "-ciphersuites", suite)[0]


@pytest.mark.parametrize(("group", "works"), [("X25519", True), ("P-256", True), ("P-384", True), ("P-521", False),
                                             ("X448", False), ("ffdhe2048", False)])  # fmt: skip
def test_groups(port, group, works):
    assert ask(port, "-tls1_3", "-groups", group)[0] is works


def test_no_renegotiation_no_compression_and_a_key_on_a_curve(port):
    well, text = ask(port, "-tls1_2", said="R\n")
    assert well
    assert "no renegotiation" in text
    assert "Compression: NONE" in text
    assert "Secure Renegotiation IS supported" in text
    assert "NIST CURVE: P-256" in ask(port)[1] or "id-ecPublicKey" in ask(port)[1]


def test_one_ticket_for_each_connection():
    """Each costs 7 % of a handshake."""
    assert tls.hardened().num_tickets == 1
