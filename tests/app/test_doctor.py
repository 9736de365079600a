"""doctor: each check ends in findings, never in a traceback; the exit code says whose move it is."""

import fcntl
import socket
from pathlib import Path

import pytest

from tests.parts.forge import Forge
from village.app import doctor
from village.settings import Settings, SiteSettings, TlsSettings


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
