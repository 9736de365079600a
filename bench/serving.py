"""village beside nginx and Caddy: requests per second, new connections, large files, memory. One core for the
server, one for the client.

    python bench/serving.py [--seconds 3] [--rounds 3] [--folder /tmp/…] [--only WORD]

Needs nginx, caddy, wrk, h2load, openssl, taskset (Debian). Servers take turns within each round, so that a disturbance
hits all alike; the figures are medians, the ratios are those of the medians.
"""

import argparse
import contextlib
import gzip
import os
import re
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from serving_street import page, write_site

PAGES = 10_000
NGINX = """
worker_processes 1; worker_cpu_affinity 0001; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
worker_rlimit_nofile 30000;
events {{ worker_connections 25000; }}
http {{
  include /etc/nginx/mime.types; access_log off; sendfile on; tcp_nopush on; gzip_static on; gzip_vary on;
  keepalive_requests 1000000000; charset utf-8;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem; ssl_session_cache shared:s:10m;
  ssl_protocols TLSv1.2 TLSv1.3;
  server {{ listen 127.0.0.1:{http} backlog=4096; listen 127.0.0.1:{https} ssl http2 backlog=4096; root {folder}/www; }}
}}
"""
CADDY = """
{{
  admin off
  auto_https off
}}
(site) {{
  root * {folder}/www
  file_server {{
    precompressed gzip
  }}
}}
http://127.0.0.1:{http} {{
  import site
}}
https://127.0.0.1:{https} {{
  tls {folder}/cert.pem {folder}/key.pem
  import site
}}
"""
RANDOM = """
math.randomseed(os.time())
request = function() return wrk.format("GET", "/p/" .. math.random(1, {pages}) .. "/") end
"""
SERVER, CLIENT = ["taskset", "-c", "0"], ["taskset", "-c", "1"]


def port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def start(folder, name, release):
    """(process, http port, https port)."""
    http, https = port(), port()
    fill = {"folder": folder, "http": http, "https": https}
    if name == "village":
        command = [
            sys.executable,
            str(Path(__file__).with_name("serving_street.py")),
            str(folder),
            str(http),
            str(https),
            release,
        ]
    elif name == "nginx":
        (folder / "nginx.conf").write_text(NGINX.format(**fill))
        command = ["nginx", "-c", str(folder / "nginx.conf")]
    else:
        (folder / "Caddyfile").write_text(CADDY.format(**fill))
        command = ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
    environment = {**os.environ, **homes, "GOMAXPROCS": "1", "PYTHONPATH": str(Path(__file__).parent.parent)}
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen([*SERVER, *command], stdout=log, stderr=log, env=environment)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit((folder / f"{name}.log").read_text())
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", https), timeout=1):
            return process, http, https
        time.sleep(0.05)
    raise SystemExit(f"{name} does not listen")


def wrk(url, seconds, *extra, connections=32):
    """(requests a second, bytes a second); failing answers end the run."""
    text = subprocess.run(
        [*CLIENT, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *extra, url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in text:
        raise SystemExit(f"{url}\n{text}")
    unit = {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
    amount, size = re.search(r"Transfer/sec:\s+([\d.]+)([KMG]?B)", text).groups()
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)), float(amount) * unit[size]


def h2load(url, seconds):
    text = subprocess.run(
        [*CLIENT, "h2load", "-t1", "-c8", "-m8", f"-D{seconds}", url], capture_output=True, text=True, check=True
    ).stdout
    return float(re.search(r"([\d.]+) req/s", text).group(1))


def tag(http):
    with socket.create_connection(("127.0.0.1", http)) as client:
        client.sendall(b"GET /page/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        data = b""
        while piece := client.recv(65536):
            data += piece
    return re.search(rb"(?i)etag: (\S+)", data).group(1).decode()


def processes(process):
    """A server's process and its workers."""
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False)
    return [str(process.pid), *children.stdout.split()]


def cpu_seconds(process):
    """User and system time of a server so far."""
    ticks = 0
    for each in processes(process):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def settle(process):
    """Wait until the background compression of the pages is done."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        before = cpu_seconds(process)
        time.sleep(1)
        if cpu_seconds(process) - before < 0.05:
            return


def idle_memory(process, https, count=10_000):
    """Resident bytes of the server with ``count`` idle keep-alive TLS connections that each fetched a page."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    held = []
    for _ in range(count):
        client = context.wrap_socket(socket.create_connection(("127.0.0.1", https)))
        client.sendall(b"GET /page/ HTTP/1.1\r\nHost: x\r\n\r\n")
        got = b""
        while not got.endswith(b"</body>"):
            got += client.recv(65536)
        held.append(client)
    pattern = re.compile(r"VmRSS:\s+(\d+)")
    texts = [Path(f"/proc/{each}/status").read_text() for each in processes(process)]
    resident = max(int(pattern.search(text).group(1)) for text in texts)
    for client in held:
        client.close()
    return resident * 1024


def rows(folder, seconds):
    """(name, goal against nginx, goal against Caddy or None, unit, measure(process, http, https))."""
    close = ("-H", "Connection: close")
    script = folder / "random.lua"
    script.write_text(RANDOM.format(pages=PAGES))
    return [
        ("hot page, HTTP", 1.0, 8, "req/s", lambda _, http, __: wrk(f"http://127.0.0.1:{http}/page/", seconds)[0]),
        ("hot page, HTTPS", 0.85, 3, "req/s", lambda _, __, https: wrk(f"https://127.0.0.1:{https}/page/", seconds)[0]),
        ("304", 1.0, None, "req/s",
         lambda _, http, __: wrk(f"http://127.0.0.1:{http}/page/", seconds, "-H", f"If-None-Match: {tag(http)}")[0]),
        ("precompressed", 1.0, None, "req/s",
         lambda _, http, __: wrk(f"http://127.0.0.1:{http}/page/", seconds, "-H", "Accept-Encoding: gzip")[0]),
        ("hot page, HTTP/2, 8 x 8", 0.25, None, "req/s",
         lambda _, __, https: h2load(f"https://127.0.0.1:{https}/page/", seconds)),
        ("new HTTPS connections", 0.9, None, "conn/s",
         lambda _, __, https: wrk(f"https://127.0.0.1:{https}/page/", seconds, *close)[0]),
        ("100 MB, HTTP", 0.8, None, "B/s",
         lambda _, http, __: wrk(f"http://127.0.0.1:{http}/large.bin", seconds, connections=2)[1]),
        ("100 MB, HTTPS", 0.8, None, "B/s",
         lambda _, __, https: wrk(f"https://127.0.0.1:{https}/large.bin", seconds, connections=2)[1]),
        ("10,000 pages at random", 0.5, None, "req/s",
         lambda _, http, __: wrk(f"http://127.0.0.1:{http}/", seconds, "-s", str(script))[0]),
    ]  # fmt: skip


def prepare(folder):
    """Certificate and compressed page."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", folder / "key.pem",
         "-out", folder / "cert.pem", "-days", "3", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    (folder / "www/page").mkdir(parents=True, exist_ok=True)
    (folder / "www/page/index.html").write_bytes(page(0))
    (folder / "www/page/index.html.gz").write_bytes(gzip.compress(page(0), 9))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="village-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # nginx's worker is another user
    prepare(folder)
    release = write_site(folder, PAGES)
    servers = {}
    try:
        for name in ("village", "nginx", "caddy"):
            if name == "village" or shutil.which(name):
                servers[name] = start(folder, name, release)
        settle(servers["village"][0])
        table(folder, servers, options, release)
    finally:
        for process, *_ in servers.values():
            process.terminate()
            process.wait(20)
        if not options.folder:
            shutil.rmtree(folder)


def table(folder, servers, options, release):
    names = "".join(f"{each:>12}" for each in ("village", "nginx", "caddy"))
    print(f"{'':26}{names}{'x nginx':>9}{'by CPU':>8}{'goal':>6}{'x caddy':>9}{'goal':>6}")
    for name, goal, caddy_goal, unit, measure in rows(folder, options.seconds):
        if options.only in name:
            speed, cost = {each: [] for each in servers}, {each: [] for each in servers}
            for _ in range(options.rounds):
                for each, server in servers.items():
                    if each != "caddy" or caddy_goal or "HTTP/2" in name:
                        before = cpu_seconds(server[0])
                        speed[each].append(measure(*server))
                        cost[each].append((cpu_seconds(server[0]) - before) / (speed[each][-1] * options.seconds))
            line(name, unit, speed, cost, goal, caddy_goal)
    if options.only in "resident memory":
        servers["village"][0].terminate()
        servers["village"][0].wait(20)
        servers["village"] = start(folder, "village", release)  # without what the rows above left in its caches
        print(f"{'10,000 idle TLS':26}{idle_memory(*servers['village'][::2]) / 1e6:>9.0f} MB{'goal 400':>12}")


def middles(found):
    return {each: statistics.median(values) for each, values in found.items() if values}


def line(name, unit, speed, cost, goal, caddy_goal):
    """One row. ``by CPU``: nginx's processor time for each request over ours, which holds on a busy machine, too."""
    fast, dear = middles(speed), middles(cost)
    scale, suffix = (1e6, " MB/s") if unit == "B/s" else (1, f" {unit}")
    names = ("village", "nginx", "caddy")
    cells = "".join(f"{fast[each] / scale:>12,.0f}" if each in fast else f"{'–':>12}" for each in names)
    ratio = ""
    if "nginx" in fast:
        ratio = f"{fast['village'] / fast['nginx']:>9.2f}{dear['nginx'] / dear['village']:>8.2f}{goal:>6}"
    other = f"{fast['village'] / fast['caddy']:>9.1f}{caddy_goal:>6}" if caddy_goal and "caddy" in fast else ""
    print(f"{name:26}{cells}{ratio}{other}{suffix}", flush=True)


if __name__ == "__main__":
    main()
