"""The main job's figures: hook answered, hook to page over HTTPS, memory, loop delay during a rebuild.

    python bench/main_job.py

Everything is real: a bare repository, `village run` as a process, HTTPS. Prints the figures beside their goals.
"""

from __future__ import annotations

import http.client
import re
import ssl
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.parts.forge import Forge
from tests.parts.household import Household
from tests.parts.waiting import until

WORDS = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore".split()
SECRET = "hook-secret-of-the-tests"


def post(number: int, mark: str = "") -> str:
    body = "\n\n".join(" ".join(WORDS[(number + i + k) % len(WORDS)] for i in range(60)) for k in range(8))
    return (
        f"---\ntitle: Post {number}\ndate: 2024-01-{number % 28 + 1:02}\ntags: [t{number % 50}, t{number % 7}]\n---\n"
        f"{body}\n\n```python\nprint({number})\n```\n\n{mark}\n"
    )


def site(count: int) -> dict[str, str]:
    pages = {f"content/posts/p{number}.md": post(number) for number in range(count)}
    return {"hugo.toml": 'baseURL = "https://example.com/"\ntitle = "Bench"\n', **pages}


def resident(pid: int) -> float:
    """MB"""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024


def hook(house: Household, forge: Forge, commit: str) -> float:
    headers, body = forge.hook(commit, SECRET)
    started = time.perf_counter()
    status = house.request("/hooks/redeploy", method="POST", headers=headers, body=body)[0]
    assert status == 202, status
    return time.perf_counter() - started


def pushes(folder: Path) -> None:
    forge = Forge(folder / "forge")
    forge.push(site(100))
    answered, shown, built = [], [], []
    with Household(folder / "house", forge.url) as house:
        house.ready(60)
        time.sleep(2)
        for turn in range(8):
            mark = f"edited-{turn}-mark"
            commit = forge.push({"content/posts/p50.md": post(50, mark)})
            answered.append(hook(house, forge, commit))
            started = time.perf_counter()
            house.shows("/posts/p50/", mark, tls=True)
            shown.append(time.perf_counter() - started)
            until(lambda c=commit: c[:10] in house.words(), "logged")
            line = [each for each in house.words().splitlines() if commit[:10] in each][-1]
            built.append(float(re.search(r"(\d+) ms", line).group(1)))
        print(line.strip()[:200])
        memory = resident(house.process.pid)
    print(f"hook answered             median {statistics.median(answered) * 1000:7.1f} ms   goal < 100 ms")
    print(f"answer to page over HTTPS median {statistics.median(shown) * 1000:7.1f} ms   goal < 1000 ms")
    print(f"of which the build        median {statistics.median(built):7.1f} ms   goal < 50 ms")
    print(f"resident memory, 100 posts       {memory:7.1f} MB   goal < 120 MB")


class Prober(threading.Thread):
    """Asks one page back to back over one connection and keeps every latency."""

    def __init__(self, house: Household) -> None:
        super().__init__(daemon=True)
        self.house, self.latencies, self.go = house, [], True

    def run(self) -> None:
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("127.0.0.1", self.house.https, context=context)
        while self.go:
            started = time.perf_counter()
            connection.request("GET", "/-/health/live")
            connection.getresponse().read()
            self.latencies.append(time.perf_counter() - started)
            time.sleep(0.001)


def rebuild(folder: Path) -> None:
    forge = Forge(folder / "forge")
    forge.push(site(1000))
    with Household(folder / "house", forge.url) as house:
        house.ready(120)
        time.sleep(3)
        prober = Prober(house)
        prober.start()
        commit = forge.push({"hugo.toml": 'baseURL = "https://example.com/"\ntitle = "Another title"\n'})
        hook(house, forge, commit)
        house.shows("/posts/p5/", "Another title", seconds=120)
        prober.go = False
        prober.join()
        slow = sorted(prober.latencies)
        print(f"loop delay, full rebuild of 1,000: p50 {slow[len(slow) // 2] * 1000:.1f} ms, ", end="")
        print(f"p99 {slow[int(len(slow) * 0.99)] * 1000:.1f} ms, max {slow[-1] * 1000:.1f} ms   goal p99 < 20 ms")
        print(f"resident memory, 1,000 posts     {resident(house.process.pid):7.1f} MB")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        pushes(Path(temporary) / "pushes")
        rebuild(Path(temporary) / "rebuild")
