"""Built-in shortcodes beside the real Hugo: the same parameters, the same bytes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from markupsafe import Markup

from village.errors import ContentError
from village.render.shortcodes import bodies, library
from village.render.shortcodes.context import ShortcodeContext

HUGO = Path(sys.executable).with_name("hugo")

SAME_AS_HUGO = [
    '{{< details summary="S & b" open="false" title="T" class="c" name="n" />}}',
    "{{< details open=1 >}}x{{< /details >}}",
    '{{< details open="open" >}}x{{< /details >}}',
    '{{< details class="" title="" open=true >}}x{{< /details >}}',
    '{{< figure src="pic.png" >}}',
    '{{< figure src="pic.png" alt="\'q\' \\"d\\" é" width=100 height="1" loading=lazy class="a b" >}}',
    '{{< figure src="pic.png" title="T" attr="A" >}}',
    '{{< figure src="pic.png" caption="C" attr="A" attrlink="/u?a=1&b" >}}',
    '{{< figure src="pic.png" caption="C" attr="A" >}}',
    '{{< figure src="https://e.org/a b.png?x=1&y=\'2\'" link="/l" target="_blank" rel="r" >}}',
    '{{< figure src="/images/x y é.png" attrlink="/u" caption="C" >}}',
    '{{< figure src="javascript:alert(1)" link="JavaScript:x" >}}',
    '{{< figure src="pic.png?x=1#f" >}}',
    '{{< param "nest.deep" >}}',
    "{{< param foo >}}",
    "{{< param list >}}",
    "{{< param yes >}}",
    "{{< param ratio >}}",
    "{{< youtube dQw4w9WgXcQ >}}",
    "{{< youtube id=dQ start=30 end=60 loading=lazy title=\"My 'v'\" class=c allowFullScreen=false loop=true >}}",
    "{{< youtube id=dQ autoplay=true mute=false controls=false >}}",
    '{{< youtube id="a&b" title="" mute=1 class="" controls="false" >}}',
    "{{< vimeo 55073825 >}}",
    "{{< vimeo 1 cls title >}}",
    '{{< vimeo id=55073825 class="c" title="T" loading=lazy allowFullScreen=false >}}',
    "{{< comment >}}hidden{{< /comment >}}",
]
CONFIG = """
baseURL = "https://example.org/sub/"
disableKinds = ["taxonomy", "term", "rss", "sitemap", "section", "404"]
[params]
foo = "bar & <b> c++"
list = ["a", "b"]
yes = true
ratio = 1.50
[params.nest]
deep = 3
"""
PARAMS = {"foo": "bar & <b> c++", "list": ["a", "b"], "nest.deep": 3, "yes": True, "ratio": 1.5}


class Picture:
    rel_permalink = "/sub/p/pic.png"


class Around:
    """What the engine gives, for one page with one picture."""

    page = site = None

    def __init__(self, config: dict[str, object] | None = None) -> None:
        self.settings = config or {}
        self.published: dict[str, bytes] = {}
        self.warned: list[str] = []

    def markdownify(self, text):
        return text.replace("&", "&amp;")

    def markdown(self, text):
        return f"<p>{text}</p>\n" if text.strip() else ""

    def ref(self, target, *, absolute, position):
        return ("https://example.org" if absolute else "") + f"/{target['path']}/"

    def highlight(self, code, lang, options):
        return f"<pre>{lang}|{options}|{code}</pre>"

    def resource(self, name):
        return Picture() if name == "pic.png" else None

    def publish(self, target, content):
        self.published[target] = content
        return "/sub" + target

    def param(self, name):
        return PARAMS.get(name)

    def config(self, name):
        return self.settings.get(name)

    def warn(self, message, position):
        self.warned.append(message)


def render(source: str, around: Around | None = None) -> str:
    names = library.BUILT_IN
    pieces = bodies.parse(source, "p.md", 1, lambda name: names[name].takes_inner if name in names else None, names)

    def invoke(call, inner):
        return str(library.render(ShortcodeContext(call, Markup(inner or ""), around or Around())))

    return bodies.expand(pieces, invoke, lambda text: text, stand_in=False).text


@pytest.fixture(scope="module")
def hugo(tmp_path_factory):
    """What Hugo makes of every case: one site, one run."""
    folder = tmp_path_factory.mktemp("hugo")
    files = {
        "hugo.toml": CONFIG,
        "layouts/all.html": "{{ .Content }}",
        "layouts/_shortcodes/case.html": "\x02{{ .Inner }}\x03",
        "content/p/pic.png": "no picture",
        "content/p/index.md": "---\ntitle: a\n---\n"
        + "\n\n".join(f"{{{{< case >}}}}{case}{{{{< /case >}}}}" for case in SAME_AS_HUGO),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    subprocess.run([HUGO, "--quiet"], cwd=folder, check=True, capture_output=True)
    html = (folder / "public/p/index.html").read_text("utf-8")
    return dict(zip(SAME_AS_HUGO, re.findall("\x02(.*?)\x03", html, re.DOTALL), strict=True))


@pytest.mark.parametrize("case", SAME_AS_HUGO)
def test_the_same_bytes_as_hugo(hugo, case):
    assert render(case) == hugo[case]


def test_privacy_is_obeyed():
    around = Around(
        {"privacy.youtube.privacyenhanced": True, "privacy.vimeo.enablednt": True, "privacy.x.disable": True}
    )
    assert "https://www.youtube-nocookie.com/embed/a?" in render("{{< youtube a >}}", around)
    assert "video/1?dnt=1" in render("{{< vimeo 1 >}}", around)
    assert not render("{{< tweet 1 >}}", around)


def test_embeds_hugo_removed_still_work():
    assert 'href="https://x.com/zoo/status/1"' in render('{{< twitter user="zoo" id="1" >}}')
    assert 'href="https://x.com/i/status/877500564405444608"' in render("{{< tweet 877500564405444608 >}}")
    assert "<script" not in render('{{< twitter_simple user="zoo" id="1" >}}')
    assert 'src="https://gist.github.com/spf13/7896402.js?file=img.html"' in render(
        "{{< gist spf13 7896402 img.html >}}".replace("img.html", '"img.html"')
    )


def test_ids_cannot_break_out_of_their_attribute():
    for name in ("youtube", "vimeo", "tweet", "instagram", "speakerdeck"):
        assert "<i>" not in render(f'{{{{< {name} `"><i>` >}}}}')
    assert "<i>" not in render('{{< gist `"><i>` `"><i>` >}}')


def test_a_caption_stands_in_for_a_missing_alternative():
    assert 'alt="a &amp; b"' in render('{{< figure src="pic.png" caption="a & b" >}}')


def test_highlight_in_a_list_loses_the_tags_indentation():
    assert render("- x\n\n  {{< highlight go >}}\n  a\n    b\n  {{< /highlight >}}") == "- x\n\n  <pre>go||a\n  b</pre>"


def test_highlight_trims_lines_and_passes_options_on():
    assert render('{{< highlight go "linenos=table" >}}\nx\n{{< /highlight >}}') == "<pre>go|linenos=table|x</pre>"


def test_references():
    assert render('{{< ref "a" >}} {{< relref path="b" >}}') == "https://example.org/a/ /b/"


def test_qr_writes_a_picture_of_hugos_size():
    around = Around()
    html = render('{{< qr text="https://gohugo.io" alt="go" />}}', around)
    ((target, content),) = around.published.items()
    assert html == f'<img src="/sub{target}" width="132" height="132" alt="go">'
    assert content.startswith(b"\x89PNG")
    assert 'width="74"' in render(
        '{{< qr level="high" scale=2 targetDir="codes" >}}https://gohugo.io{{< /qr >}}', around
    )
    assert any(name.startswith("/codes/qr_") for name in around.published)


@pytest.mark.parametrize(
    "source",
    [
        "{{< param >}}", '{{< param "nope" >}}', "{{< vimeo >}}", "{{< youtube >}}", "{{< gist a >}}", "{{< qr />}}",
        "{{< ref >}}", '{{< qr text="x" level="best" />}}', '{{< qr text="x" scale=100 />}}',
    ],
)  # fmt: skip
def test_wrong_parameters_are_told_with_their_place(source):
    with pytest.raises(ContentError) as error:
        render(f"one\n\n  {source}")
    assert error.value.where == "p.md:3:3"
