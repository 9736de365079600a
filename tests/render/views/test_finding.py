"""Which page a path means, beside which page: each answer is the real Hugo's."""

import html
import re

import pytest

from tests.render.oracle import built, lay
from village.builder.options import BuildOptions
from village.builder.workshop import Workshop
from village.errors import ContentError
from village.release.store import Store

CONFIG = 'baseURL = "https://example.org/"\nrefLinksErrorLevel = "warning"\n[languages.en]\n[languages.ru]\n'
FILES = """
    content/_index.md content/x/_index.md content/x/y/s.md content/x/y/w/p.md content/x/y/w/other.md
    content/x/y/w/b/index.md content/x/y/w/b/sub/inner.md content/x/y/w/My-Page.md content/q/unique.md
    content/k/_index.md content/k/l/_index.md content/k/l/x.md content/q/twice.md content/k/twice.md
""".split()  # noqa: SIM905 - to be read as a list of words
REFERENCES = """
    ../x/ ../x x x/ ./x /x ../../x p.md w ../ . y/w ../other/ other /x/y ../w/ unique ../unique/ unique.md
    ../../q/unique.md ../other ./other ../p.md ./p.md p ./p ../b b ./b ./b/index.md ../b/index.md ../index.md index.md
    _index.md ../_index.md sub/inner.md q/unique x/y/w /q/unique.md Other OTHER.md my-page My-Page.md /x/y/w/ / ../s
    ../s.md ../../s.md ../w/p ../w/p.md p.en.md ./p.en.md nowhere nowhere.md ../../../../q/unique twice twice.md
""".split()  # noqa: SIM905 - to be read as a list of words
LISTED = " ".join(f'"{reference}"' for reference in REFERENCES)
TEMPLATE = (
    f"{{{{ $p := . }}}}{{{{ range slice {LISTED} }}}}\n{{{{ . }}}}|{{{{ with $p.GetPage . }}}}{{{{ .Path }}}}{{{{ end }}}}|"
    "{{ with (try (site.GetPage .)).Value }}{{ .Path }}{{ end }}|{{ with (try (relref $p .)).Value }}{{ . }}{{ end }}{{ end }}"
)


def site(template):
    return {"hugo.toml": CONFIG, "layouts/all.html": template, **dict.fromkeys(FILES, "x\n")}


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """Page → its answers: (reference, page.GetPage, site.GetPage, relref)."""
    public = built(lay(tmp_path_factory.mktemp("hugo"), site(TEMPLATE)))
    written = {path.relative_to(public).as_posix(): path.read_text("utf-8") for path in public.rglob("index.html")}
    return {
        "/" + name.removesuffix("index.html").rstrip("/"): [
            tuple(row.split("|")) for row in html.unescape(text).split()
        ]
        for name, text in written.items()
        if not re.match("(tags|categories|en|ru)/", name) and "http-equiv" not in text
    }


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    folder = lay(tmp_path_factory.mktemp("village"), site("{{ page.title }}"))
    shop = Workshop(folder, Store(tmp_path_factory.mktemp("store")), BuildOptions(workers=1, keep_state=False))
    shop.build()
    yield shop.lens
    shop.close()


def relref(view, reference):
    try:
        return view.relref(reference)
    except ContentError:
        return ""


# "_index.md" beside a leaf bundle is home for Hugo, which takes it for a file at the root; nobody means that.
DIFFERENT = {("/x/y/w/b", "_index.md")}


def test_a_path_means_the_page_that_hugo_takes_it_for(theirs, ours):
    assert len(theirs) > 10
    rows = []
    for path, answers in theirs.items():
        view = ours.view(f"en:{path}")
        for answer in answers:
            reference = answer[0]
            pages = [view.get_page(reference), view.site.get_page(reference)]
            mine = (reference, *(page.path if page else "" for page in pages), relref(view, reference))
            if mine != answer and (path, reference) not in DIFFERENT:
                rows.append((path, answer, mine))
    assert rows == []
