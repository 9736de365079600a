"""slowhttptest's four attacks, a few seconds each, while an honest visitor goes on reading."""

import re
import subprocess
import threading

import pytest

from tests.parts.need import need

MODES = {
    "slow headers": ["-H", "-x", "10"],
    "slow body": ["-B", "-s", "8192", "-x", "10"],
    "ranges": ["-R", "-a", "10", "-b", "3000"],
    "slow read": ["-X", "-w", "10", "-y", "200", "-z", "32", "-n", "1", "-k", "3"],
}


class Visitor(threading.Thread):
    """Reads a page again and again over connections of its own."""

    def __init__(self, running):
        super().__init__(daemon=True)
        self.running, self.statuses, self.stop = running, [], threading.Event()
        self.start()

    def run(self):
        while not self.stop.wait(0.02):
            try:
                self.statuses.append(self.running.get("/posts/hello/")[0])
            except OSError as error:
                self.statuses.append(repr(error))

    def end(self):
        self.stop.set()
        self.join(20)
        return self.statuses


@pytest.mark.parametrize("mode", MODES)
def test_attack(start, mode):
    limits = {"connections_per_ip": 0, "header_timeout": 2.0, "body_timeout": 2.0, "write_timeout": 2.0}
    found = start(tls=False, limits=limits)
    target = f"http://127.0.0.1:{found.port()}/large.bin"
    visitor = Visitor(found)
    command = [
        need("slowhttptest"),
        *MODES[mode],
        "-c",
        "200",
        "-r",
        "100",
        "-i",
        "1",
        "-l",
        "5",
        "-p",
        "5",
        "-u",
        target,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    statuses = visitor.end()
    assert re.findall(r"service available: *(\w+)", re.sub(r"\x1b\[[0-9;]*m", "", done.stdout))[-1] == "YES"
    assert len(statuses) > 10
    assert set(statuses) == {200}
    assert found.call(lambda: found.street.seats.taken) < 200
