"""doctor: each check ends in findings, never in a traceback; the exit code says whose move it is."""

import contextlib
import fcntl
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.parts.forge import Forge
from village.app import doctor
from village.certs import minting
from village.settings.model import AcmeSettings, Settings, SiteSettings, TlsSettings


def house(tmp_path: Path, **changes) -> Settings:
    forge = Forge(tmp_path / "forge")
    forge.push({"hugo.toml": ""})
    values = {
        "sites": (SiteSettings(source=forge.url),),
        "data": tmp_path / "data",
        "http": ("127.0.0.1:0",),
        "https": (),
        "tls": TlsSettings(mode="internal"),
    }
    return Settings(**{**values, **changes})


def test_a_sound_house_has_nothing_to_mend(tmp_path: Path, capsys):
    assert doctor.main(house(tmp_path)) == 0
    said = capsys.readouterr().out
    assert "newest commit" in said
    assert "nothing to mend" in said


def test_a_checkout_that_a_running_village_holds_is_no_fault(tmp_path: Path, capsys):
    checkout = tmp_path / "data" / "sites" / "site" / "checkout"
    checkout.mkdir(parents=True)
    with (checkout / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert doctor.main(house(tmp_path)) == 0
    assert "newest commit" in capsys.readouterr().out


def test_a_held_port_is_the_operators_move(tmp_path: Path, capsys):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        address = f"127.0.0.1:{holder.getsockname()[1]}"
        assert doctor.main(house(tmp_path, http=(address,))) == 2
    assert address in capsys.readouterr().out


def test_a_vanished_repository_is_the_worlds(tmp_path: Path, capsys):
    settings = house(tmp_path, sites=(SiteSettings(source=(tmp_path / "gone.git").as_uri()),))
    assert doctor.main(settings) == 3
    assert "✗ source" in capsys.readouterr().out


@pytest.mark.parametrize("failure", [OSError("broken"), PermissionError(13, "denied")])
def test_a_check_that_fails_is_a_finding(failure: OSError):
    def failing(_: Settings):
        raise failure
        yield

    (finding,) = doctor.guarded(failing, Settings())
    assert finding.mark == doctor.BAD


def test_a_data_folder_that_is_a_file_is_told_with_the_fix(tmp_path: Path, capsys):
    (tmp_path / "data").write_text("not a folder")
    assert doctor.main(house(tmp_path)) == 2
    said = capsys.readouterr().out
    assert f"{tmp_path / 'data'} is a file" in said
    assert "VILLAGE_DATA" in said
    assert "Errno" not in said


def test_a_mistyped_branch_is_told_with_those_that_there_are(tmp_path: Path, capsys):
    settings = house(tmp_path)
    (site,) = settings.sites
    assert doctor.main(replace(settings, sites=(replace(site, branch="mian"),))) == 3
    assert "set VILLAGE_BRANCH to one that is: main" in capsys.readouterr().out


@pytest.mark.parametrize(("names", "domain", "code"), [(["a.test"], "a.test", 0), (["a.test"], "b.test", 2)])
def test_certificate_files_are_read_and_compared_with_the_domains(
    tmp_path: Path, capsys, monkeypatch, names, domain, code
):
    monkeypatch.setattr(doctor, "CHECKS", (doctor.certificate_files,))
    chain, key = minting.self_signed(names)
    (tmp_path / "chain.pem").write_bytes(chain)
    (tmp_path / "key.pem").write_bytes(key)
    tls = TlsSettings(mode="files", cert=str(tmp_path / "chain.pem"), key=str(tmp_path / "key.pem"))
    settings = house(tmp_path, tls=tls, sites=(SiteSettings(domains=(domain,)),))
    assert doctor.main(settings) == code
    (tmp_path / "key.pem").unlink()
    assert doctor.main(settings) == 2
    assert "VILLAGE_TLS_KEY" in capsys.readouterr().out


def test_a_bundle_that_proves_nothing_is_told(tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setattr(doctor, "CHECKS", (doctor.clock,))
    rubbish = tmp_path / "ca.pem"
    rubbish.write_text("no PEM")
    settings = house(tmp_path, tls=TlsSettings(mode="acme"))
    for path in (rubbish, tmp_path / "gone.pem"):
        acme = AcmeSettings(directory=("https://127.0.0.1:1/dir",), ca_bundle=str(path))
        assert doctor.main(replace(settings, acme=acme)) == 2
        assert "VILLAGE_ACME_CA_BUNDLE" in capsys.readouterr().out


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nDate: yesterday\r\nContent-Length: 6\r\n\r\n<html>",
        b"HTTP/1.1 301 Moved\r\nLocation: /dir\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_whatever_answers_in_place_of_the_ca_or_of_village_is_a_finding(tmp_path: Path, capsys, answer):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer_all():
            with contextlib.suppress(OSError):
                while True:
                    client = server.accept()[0]
                    client.recv(1000)
                    client.sendall(answer)
                    client.close()

        threading.Thread(target=answer_all, daemon=True).start()
        port = server.getsockname()[1]
        acme = AcmeSettings(directory=(f"http://127.0.0.1:{port}/dir",), http_port=port)
        settings = house(tmp_path, tls=TlsSettings(mode="acme"), acme=acme)
        (site,) = settings.sites
        assert doctor.main(replace(settings, sites=(replace(site, domains=("localhost",)),))) == 3
    said = capsys.readouterr().out
    assert "✗ ca:" in said
    assert "newest commit" in said


def test_a_check_that_breaks_hides_no_other(tmp_path: Path, capsys, monkeypatch):
    def broken(_: Settings):
        raise UnicodeError("label too long")
        yield

    monkeypatch.setattr(doctor, "CHECKS", (broken, doctor.programs))
    assert doctor.main(house(tmp_path)) == 2
    assert "git" in capsys.readouterr().out
