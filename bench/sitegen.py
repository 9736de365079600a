"""Make the benchmark's sites: N posts of about 576 words, each with two highlighted code blocks, two lists, three
tags of fifty and one category of ten; the same posts for Hugo, village and Pelican, with layouts that show the same.

    python bench/sitegen.py FOLDER --posts 1000 [--theme plain|sidebar]

writes FOLDER/hugo, FOLDER/village and FOLDER/pelican. Deterministic: the same arguments give the same bytes.
The theme ``sidebar`` shows recent posts and a tag cloud on every page.
"""

from __future__ import annotations

import argparse
import random
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

THEMES = Path(__file__).parent / "themes"
NEWEST = datetime(2026, 1, 1, 12, tzinfo=UTC)
WORDS = """
the of and a to in is that it was for on are with as his they at be this from have or by one had not but what all
were when we there can an your which their said if do will each about how up out them then she many some so these
would other into has more her two like him see time could no make than first been its who now people my made over
did down only way find use may water long little very after words called just where most know get through back much
before go good new write our used me man too any day same right look think also around another came come work three
word must because does part even place well such here take why things help put years different away again off went
old number great tell men say small every found still between name should home big give air line set own under read
last never us left end along while might next sound below saw something thought both few those always looked show
large often together asked house world going want school important until form food keep children feet land side
without boy once animals life enough took four head above kind began almost live page got earth need far hand high
year mother light parts country father let night following picture being study second eyes soon times story boys
since white days ever paper hard near sentence better best across during today others however sure means knew try
told young miles sun ways thing whole hear example heard several change answer room sea against top turned learn
point city play toward five using himself usually
""".split()
TAGS = [f"{left} {right}" for left in ("quick", "quiet", "green", "plain", "early") for right in WORDS[60:70]]
CATEGORIES = [word.capitalize() for word in WORDS[100:110]]


@dataclass(frozen=True)
class Post:
    """One post before it takes a generator's form."""

    number: int
    title: str
    date: datetime
    tags: list[str]
    category: str
    body: str

    @property
    def name(self) -> str:
        return f"post-{self.number:05}"


def post(number: int) -> Post:
    """Post ``number``; its own seed, so that a larger site begins with the posts of a smaller one."""
    chance = random.Random(number)
    title = " ".join(chance.choices(WORDS, k=5)).capitalize() + f" {number}"
    date = NEWEST - timedelta(hours=7 * number)
    return Post(number, title, date, chance.sample(TAGS, 3), chance.choice(CATEGORIES), body(chance, number))


def sentence(chance: random.Random, words: int) -> str:
    chosen = chance.choices(WORDS, k=words)
    if words > 8:
        chosen[3] = f"*{chosen[3]}*"
        chosen[6] = f"[{chosen[6]}](https://example.org/{chosen[7]})"
    return " ".join(chosen).capitalize() + "."


def paragraph(chance: random.Random) -> str:
    return " ".join(sentence(chance, words) for words in (12, 14, 13, 11))


def bullets(chance: random.Random, mark: str) -> str:
    return "\n".join(f"{mark} {sentence(chance, 6)}" for _ in range(5))


def python_code(number: int, chance: random.Random) -> str:
    first, second = chance.sample(WORDS[60:], 2)
    return f'''```python
import asyncio


async def {first}_{number}(items: list[int], limit: int = {number}) -> dict[str, int]:
    """Count what is below the limit."""
    result = {{}}
    for position, item in enumerate(items):
        if item < limit and position % 2 == 0:
            result["{second}"] = result.get("{second}", 0) + item * {chance.randint(2, 99)}
    await asyncio.sleep(0.1)
    return result
```'''


def shell_code(number: int, chance: random.Random) -> str:
    first, second = chance.sample(WORDS[60:], 2)
    return f"""```bash
#!/bin/sh
set -eu
for name in {first} {second}; do
    if [ -e "/srv/$name/{number}" ]; then
        echo "found $name" | tee -a log.txt   # {chance.randint(1000, 9999)}
    fi
done
docker run --rm -p {chance.randint(1024, 9999)}:80 {second}:latest
```"""


def body(chance: random.Random, number: int) -> str:
    """About 576 words: eight paragraphs, two lists, two code blocks, three headings, a quotation."""
    parts = [paragraph(chance), paragraph(chance), f"## {sentence(chance, 4)}", paragraph(chance), bullets(chance, "*")]
    parts += [paragraph(chance), python_code(number, chance), f"## {sentence(chance, 4)}", paragraph(chance)]
    parts += [bullets(chance, "1."), paragraph(chance), shell_code(number, chance), f"### {sentence(chance, 3)}"]
    parts += [paragraph(chance), f"> {sentence(chance, 14)}", paragraph(chance)]
    return "\n\n".join(parts) + "\n"


def front_matter(item: Post) -> str:
    tags = ", ".join(f'"{tag}"' for tag in item.tags)
    date = item.date.isoformat()
    return f'---\ntitle: "{item.title}"\ndate: {date}\ntags: [{tags}]\ncategories: ["{item.category}"]\n---\n'


def pelican_matter(item: Post) -> str:
    date = item.date.strftime("%Y-%m-%d %H:%M")
    tags = ", ".join(item.tags)
    return f"Title: {item.title}\nDate: {date}\nTags: {tags}\nCategory: {item.category}\nSlug: {item.name}\n\n"


def write(folder: Path, posts: int, theme: str = "plain") -> None:
    """All three variants below ``folder``; whatever was there is replaced."""
    for variant in ("hugo", "village", "pelican"):
        shutil.rmtree(folder / variant, ignore_errors=True)
        shutil.copytree(THEMES / variant, folder / variant)
        choose_sidebar(folder / variant, theme)
    hugo, village, pelican = (
        folder / "hugo/content/posts",
        folder / "village/content/posts",
        folder / "pelican/content/posts",
    )
    for place in (hugo, village, pelican):
        place.mkdir(parents=True)
    for number in range(posts):
        item = post(number)
        text = front_matter(item) + item.body
        (hugo / f"{item.name}.md").write_text(text, "utf-8")
        (village / f"{item.name}.md").write_text(text, "utf-8")
        (pelican / f"{item.name}.md").write_text(pelican_matter(item) + item.body, "utf-8")


def choose_sidebar(variant: Path, theme: str) -> None:
    """Each variant's layouts include a file called sidebar; the plain theme's is empty."""
    for file in list(variant.rglob("sidebar-*.html")):
        if file.stem == f"sidebar-{theme}":
            file.rename(file.with_name("sidebar.html"))
        else:
            file.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--theme", choices=("plain", "sidebar"), default="plain")
    options = parser.parse_args()
    write(options.folder, options.posts, options.theme)


if __name__ == "__main__":
    main()
