"""What only a browser knows: nothing is wider than the screen, wherever the reader looks."""

from __future__ import annotations

import functools
import http.server
import io
import threading

import pytest
from PIL import Image

from tests.parts.chromium import browser

FENCE = "```python {linenos=table}\nprint('" + "long " * 60 + "')\n```"
TABLE = "| " + "a column that is wide | " * 9 + "\n|" + "---|" * 9 + "\n| " + "`code_without_a_space_in_it` | " * 9
SITE = {
    "hugo.toml": """
baseURL = "/"
title = "Wide"
[[menus.main]]
name = "Posts"
pageRef = "/posts"
[[menus.main]]
identifier = "more"
name = "More"
pageRef = "/posts"
[[menus.main]]
parent = "more"
name = "A child with a rather long name"
pageRef = "/posts/wide"
""",
    "content/posts/wide.md": "---\ntitle: Wide\ndate: 2024-01-01\nfeatured_image: /wide.png\n---\n"
    f"![alt](/wide.png)\n\n{'long' * 60}\n\nhttps://example.org/{'path/' * 40}\n\n{FENCE}\n\n{TABLE}\n",
    "static/wide.png": "",
}
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("theme", ["village", "plain"])
def test_no_page_scrolls_sideways(build, tmp_path, theme):
    for path, body in build(SITE, theme).items():
        target = tmp_path / (f"{path}index.html" if path.endswith("/") else path).lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
    picture = io.BytesIO()
    Image.new("RGB", (2400, 900)).save(picture, "PNG")
    (tmp_path / "wide.png").write_bytes(picture.getvalue())
    handler = functools.partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, browser() as page:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for width in (320, 768, 1440):
            page.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
            for path in ("/", "/posts/", "/posts/wide/"):
                page.open(f"http://127.0.0.1:{server.server_port}{path}")
                page.js("document.querySelectorAll('details').forEach(each => { each.open = true })")
                assert page.js(OVER) == 0, (path, width)
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Plain files, without a word."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        pass
