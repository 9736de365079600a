"""Make the parity content set large: posts, news and nested documentation in five languages, from a fixed seed.

    python tests/parity/make_content.py FOLDER

copies the hand-written part (tests/parity/content) to FOLDER and adds some 350 pages to it, always the same ones.
"""

from __future__ import annotations

import random
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

HAND_WRITTEN = Path(__file__).parent / "content"
WORDS = {
    "en": [
        "the",
        "village",
        "keeps",
        "its",
        "bread",
        "warm",
        "while",
        "rain,",
        "wind",
        "and",
        "sun",
        "pass",
        "over",
        "old",
        "roofs;",
        "nobody",
        "counts",
        "them",
        "twice",
    ],
    "ru": [
        "деревня",
        "хранит",
        "хлеб",
        "тёплым,",
        "пока",
        "дождь,",
        "ветер",
        "и",
        "солнце",
        "идут",
        "над",
        "старыми",
        "крышами;",
        "никто",
        "их",
        "не",
        "считает",
        "дважды",
    ],
    "de": [
        "das",
        "Dorf",
        "hält",
        "sein",
        "Brot",
        "warm,",
        "während",
        "Regen,",
        "Wind",
        "und",
        "Sonne",
        "über",
        "alte",
        "Dächer",
        "ziehen;",
        "größer",
        "wird",
        "keiner",
    ],
    "ja": [
        "村は",
        "パンを",
        "温かく",
        "保ち、",
        "雨と",
        "風と",
        "太陽が",
        "古い屋根の",
        "上を",
        "通り過ぎる。",
        "誰も",
        "二度は",
        "数えない。",
    ],
    "ar": [
        "القرية",
        "تحفظ",
        "خبزها",
        "دافئا",
        "بينما",
        "يمر",
        "المطر",
        "والريح",
        "والشمس",
        "فوق",
        "السقوف",
        "القديمة",
        "ولا",
        "يعدها",
        "أحد",
        "مرتين",
    ],
}
TAGS = {
    "en": ["bread", "Old Roofs", "C++ & Rust", "C#", "wind", "a/b", "Ünï Cödé", "dot.net", "UPPER", "it's"],
    "ru": ["хлеб", "Старые Крыши", "C#", "ветер", "Ёлка", "bread"],
    "de": ["Brot", "Alte Dächer", "Größe", "Wind & Wetter", "bread"],
    "ja": ["パン", "古い 屋根", "風", "bread"],
    "ar": ["خبز", "سقوف قديمة", "ريح"],
}
CATEGORIES = {
    "en": ["Life", "Work"],
    "ru": ["Жизнь", "Труд"],
    "de": ["Leben", "Arbeit"],
    "ja": ["生活", "仕事"],
    "ar": ["حياة"],
}
DATES = (
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S+05:30",
    "%Y-%m-%d %H:%M:%S",
    "%d %b %Y",
)
CODE = (
    "```go\nfunc f() int {{ return {n} }}\n```",
    "```\nplain {n}\n```",
    "```bash {{linenos=inline}}\necho {n}\n```",
    "    indented {n}",
)


class Author:
    """Writes one language's pages; a stream of chance of its own."""

    def __init__(self, folder: Path, lang: str, suffix: str) -> None:
        self.folder, self.lang, self.suffix = folder, lang, suffix
        self.chance = random.Random(f"parity {lang}")

    def write(self, path: str, fields: dict[str, str], body: str) -> None:
        name = path.removesuffix(".md") + self.suffix + ".md"
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        matter = "".join(f"{key}: {value}\n" for key, value in fields.items())
        file.write_text(f"---\n{matter}---\n{body}", "utf-8")

    def words(self, count: int) -> str:
        return " ".join(self.chance.choices(WORDS[self.lang], k=count))

    def sentence(self, count: int) -> str:
        text = self.words(count)
        return text[:1].upper() + text[1:].rstrip(",;") + self.chance.choice([".", ".", "!", "...", " -- ok?"])

    def paragraph(self) -> str:
        parts = [self.sentence(self.chance.randint(4, 12)) for _ in range(self.chance.randint(1, 4))]
        decorated = self.chance.choice(["*{}*", "**{}**", "`{}`", "[{}](/posts/)", '"{}"', "~~{}~~", "{}"])
        return " ".join(parts) + " " + decorated.format(self.words(2))

    def body(self, number: int) -> str:
        chance = self.chance
        parts = [self.paragraph()]
        for _ in range(chance.randint(0, 5)):
            parts.append(self.block(number))
        if chance.random() < 0.2:
            parts.insert(1, "<!--more-->")
        return "\n\n".join(parts) + "\n"

    def block(self, number: int) -> str:
        chance = self.chance
        return chance.choice(
            [
                self.paragraph,
                self.paragraph,
                lambda: f"{'#' * chance.randint(2, 4)} {self.words(3)}",
                lambda: "\n".join(f"* {self.words(3)}" for _ in range(3)),
                lambda: "\n".join(f"{n}. {self.words(3)}" for n in range(1, 4)),
                lambda: f"> {self.sentence(6)}",
                lambda: chance.choice(CODE).format(n=number),
                lambda: f"| {self.words(1)} | b |\n|---|:-:|\n| {self.words(2)} | *{number}* |",
                lambda: f"{self.words(2)}\n: {self.words(4)}",
                lambda: f"{self.words(2)}[^{number}]\n\n[^{number}]: {self.words(3)}",
                lambda: f'{{{{< figure src="/img/{number}.png" caption="{self.words(2)}" >}}}}',
                lambda: '<div class="raw">\n<b>html</b>\n</div>',
                lambda: ":smile: :+1: text",
            ]
        )()

    def fields(self, number: int) -> dict[str, str]:
        chance = self.chance
        moment = datetime(2024, 3, 1, 12, tzinfo=UTC) - timedelta(hours=chance.randint(0, 50_000))
        fields = {
            "title": f'"{self.words(3).rstrip(",;").replace(chr(34), "")} {number}"',
            "date": moment.strftime(chance.choice(DATES)),
        }
        fields["tags"] = str(chance.sample(TAGS[self.lang], chance.randint(0, 3))).replace("'it\\'s'", '"it\'s"')
        fields["categories"] = f'["{chance.choice(CATEGORIES[self.lang])}"]'
        extras = {
            "weight": str(chance.randint(1, 5)),
            "linkTitle": f'"{self.words(2).rstrip(",;")}"',
            "lastmod": (moment + timedelta(days=30)).strftime("%Y-%m-%d"),
            "description": f'"{self.words(5)}"',
            "draft": "true",
            "summary": f'"{self.words(4)} *here*"',
            "aliases": f"[/alias/{number}/, rel-{number}]",
            "slug": f'"{self.words(2).rstrip(",;")}"',
            "tags_weight": str(chance.randint(1, 9)),
            "series": '"One Series"',
            "keywords": "[k1, k2]",
            "expiryDate": "2000-01-01",
            "publishDate": "2999-01-01",
            "sitemap": "{priority: 0.7}",
            "custom": "{Deep: {Key: 1}}",
            "build": "{list: local}",
        }
        odds = {
            "weight": 0.15,
            "linkTitle": 0.15,
            "lastmod": 0.2,
            "description": 0.3,
            "custom": 0.2,
            "tags_weight": 0.2,
        }
        return fields | {key: value for key, value in extras.items() if chance.random() < odds.get(key, 0.06)}

    def pages(self, count: int) -> None:
        for number in range(count):
            chance = self.chance.random()
            name = f"entry-{number}"
            if number % 6 == 5:
                path = f"posts/{name}/index.md"
                (self.folder / f"posts/{name}").mkdir(parents=True, exist_ok=True)
                (self.folder / f"posts/{name}/data.txt").write_text(f"{number}\n")
            elif number % 6 == 4:
                path = f"docs/part-{number % 4}/chapter {number}.md"
            elif number % 6 == 3:
                path = f"news/2023-{number % 12 + 1:02}-{number % 28 + 1:02}-item-{number}.md"
            else:
                path = f"posts/{'Deep Dir/' if chance < 0.2 else ''}{name}.md"
            self.write(path, self.fields(number), self.body(number))
        for number in range(3):
            self.write(
                f"docs/part-{number}/_index.md",
                {"title": f'"{self.words(2)}"', "weight": str(3 - number)},
                self.paragraph() + "\n",
            )


def make(folder: Path) -> Path:
    """The whole content set in ``folder``."""
    shutil.copytree(HAND_WRITTEN, folder, dirs_exist_ok=True)
    for lang, place, suffix in (
        ("en", "shared", ""),
        ("ru", "shared", ".ru"),
        ("de", "shared", ".de"),
        ("ja", "ja", ""),
        ("ar", "ar", ""),
    ):
        Author(folder / place, lang, suffix).pages(70)
    return folder


if __name__ == "__main__":
    make(Path(sys.argv[1]))
