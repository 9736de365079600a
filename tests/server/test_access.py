import json
import os
import re

from hypothesis import given
from hypothesis import strategies as st

from village.server.access import AccessLog
from village.server.clock import Clock

LINE = re.compile(r'\S+ - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\] "[^"]*" \d{3} \d+ "[^"]*" "[^"]*"\Z')


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_no_text_leaves_its_field(line, referer, agent):
    log = AccessLog("combined", Clock())
    log.add(b"192.0.2.1", log.tail(line, 200, 5, (referer, agent, "host"), "one"))
    (data,) = log.lines
    assert data.endswith(b"\n")
    assert LINE.match(data[:-1].decode())


@given(st.text(max_size=40), st.text(max_size=40))
def test_json_is_json(line, agent):
    log = AccessLog("json", Clock())
    log.add(b"192.0.2.1", log.tail(line, 404, 5, ("", agent, "host"), "one"))
    event = json.loads(log.lines[0])
    assert event["remote"] == "192.0.2.1"
    assert event["status"] == 404
    assert log.lines[0].count(b"\n") == 1


def test_secrets_are_masked_in_both_forms():
    for form in ("combined", "json"):
        log = AccessLog(form, Clock())
        data = log.tail("GET /x?token=hush&a=b HTTP/1.1", 200, 1, ("http://u:pass@h/?secret=hush", "", ""), "one")
        assert b"hush" not in data
        assert b"pass" not in data


def test_lines_are_written_by_the_end(tmp_path):
    descriptor = os.open(tmp_path / "log", os.O_CREAT | os.O_WRONLY)
    log = AccessLog("combined", Clock(), descriptor)
    log.start()
    for number in range(1000):
        log.add(b"192.0.2.1", log.tail(f"GET /{number} HTTP/1.1", 200, 1))
        if number % 100 == 0:
            log.flush()
    log.stop()
    os.close(descriptor)
    assert len((tmp_path / "log").read_text().splitlines()) == 1000


def test_lines_are_there_when_the_turn_of_the_loop_is_over(tmp_path):
    """Whoever kills the process afterwards takes no line with him."""
    for descriptor, read in ((os.open(tmp_path / "log", os.O_CREAT | os.O_RDWR), None), os.pipe()[::-1]):
        turn = []
        log = AccessLog("combined", Clock(), descriptor)
        log.start(turn.append)
        for number in range(30):
            log.add(b"192.0.2.1", log.tail(f"GET /{number} HTTP/1.1", 200, 1))
        assert len(turn) == 1
        turn.pop()()
        data = os.read(read, 65536) if read is not None else (tmp_path / "log").read_bytes()
        assert data.count(b"\n") == 30
        log.stop()
        for each in {descriptor, read} - {None}:
            os.close(each)


def test_what_a_full_pipe_takes_later_stays_in_order():
    inlet, outlet = os.pipe()
    log = AccessLog("combined", Clock(), outlet)
    log.start()
    numbers = range(3000)
    for number in numbers:
        log.add(b"192.0.2.1", log.tail(f"GET /{number} HTTP/1.1", 200, 1, ("x" * 100, "", "")))
        log.flush()
    data = b""
    while data.count(b"\n") < len(numbers):
        data += os.read(inlet, 65536)
    assert re.findall(rb"GET /(\d+) ", data) == [b"%d" % number for number in numbers]
    log.stop()
    os.close(inlet)
    os.close(outlet)


def test_a_reader_that_has_stopped_costs_lines_not_the_site():
    inlet, outlet = os.pipe()
    log = AccessLog("combined", Clock(), outlet)
    log.start()
    line = log.tail("GET /" + "x" * 60000 + " HTTP/1.1", 200, 1)
    for _ in range(400):
        log.add(b"192.0.2.1", line)
        log.flush()
    assert log._waiting <= 17 * 1024 * 1024
    os.close(inlet)
    log.stop()
    os.close(outlet)


def test_off_costs_nothing():
    log = AccessLog("off", Clock())
    assert log.tail("GET / HTTP/1.1", 200, 1) == b""
    log.add(b"x", b"")
    assert not log.lines
