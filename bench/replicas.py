"""Three replicas as processes: from the hook's answer to the new page on all of them, and pushes while faults run.

    python bench/replicas.py                          the figure
    python bench/replicas.py --storm 500 --seed 1     500 pushes at random replicas while faults run: none may be lost
    ... --storage redis                               with a redis-server instead of a shared folder

The storm's faults: kill -9, SIGTERM, SIGSTOP for longer than anybody waits, the storage away or full, the git remote
gone, a force push. A visitor reads through a balancer all the while; every answer must be the whole page.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.parts import haproxy
from tests.parts.storm import Storm, Village, Visitor, pushes
from tests.parts.waiting import free_ports, until


@contextlib.contextmanager
def running(folder: Path, kind: str, poll: str) -> Iterator[tuple[Village, int]]:
    """Three replicas without TLS behind HAProxy; the balancer's port."""
    more = {"VILLAGE_TLS": "off", "VILLAGE_HTTPS": "", "VILLAGE_POLL": poll}
    village = Village(folder, kind, VILLAGE_PROXY_PROTOCOL=f"{haproxy.ADDRESS}/32", **more)
    ports = free_ports(2)
    with contextlib.ExitStack() as stack:
        stack.callback(village.close)
        for house in village.houses:
            house.start()
        for house in village.houses:
            house.ready(120)
        stack.enter_context(haproxy.balancing(folder / "haproxy", [(h.http, h.https) for h in village.houses], ports))
        yield village, ports[0]


def figure(village: Village, pushes: int = 20) -> None:
    answered, shown, apart = [], [], []
    for number in range(pushes):
        village.push()
        answered.append(village.hook(village.houses[number % 3]))
        started, seen = time.perf_counter(), {}
        while len(seen) < 3:
            for house in village.houses:
                if house not in seen and village.shows(house):
                    seen[house] = time.perf_counter() - started
        shown.append(max(seen.values()))
        apart.append(max(seen.values()) - min(seen.values()))
        time.sleep(0.3)
    figures = {"hook answered (goal 100 ms)": answered, "page on all three (goal 1 s)": shown, "apart": apart}
    for what, times in figures.items():
        print(f"{what}: median {1000 * statistics.median(times):.0f} ms, worst {1000 * max(times):.0f} ms")


def storm(village: Village, port: int, count: int, seed: int) -> None:
    chance, told = random.Random(seed), Counter()
    visitor = Visitor(port)
    visitor.start()
    weather = Storm(village, seed, longest=15.0).start()
    while told["pushes"] < count and not weather.error:
        told += pushes(village, weather, chance, 0.2)
    weather.stop()
    until(lambda: village.hook(village.houses[0]) is not None, "the last hook is heard")
    started = time.perf_counter()
    until(lambda: all(village.shows(house) for house in village.houses), "all show the newest commit", 90)
    settled = time.perf_counter() - started
    visitor.stop()
    assert len(village.releases()) == 1, village.releases()
    calm = [why for moment, why in visitor.broken if weather.calm(moment)]
    print(f"{dict(told)}, faults {dict(weather.counts)}")
    print(f"all three on the newest commit {settled:.2f} s after the last hook")
    print(f"{visitor.visits} visits, {len(visitor.failures)} failed {visitor.failures[:3]}")
    print(
        f"{len(visitor.broken)} connections broke and were made again, {len(calm)} of them without a reason {calm[:3]}"
    )
    torn = [house.folder.name for house in village.houses if "Traceback" in house.words()]
    print(f"tracebacks in the logs: {torn or 'none'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--storm", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--storage", choices=["folder", "redis"], default="folder")
    parser.add_argument("--keep", type=Path, help="a folder for logs and data")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(exist_ok=True)
        village, port = stack.enter_context(running(folder, options.storage, "3600"))
        if options.storm:
            storm(village, port, options.storm, options.seed)
        else:
            figure(village)


if __name__ == "__main__":
    main()
