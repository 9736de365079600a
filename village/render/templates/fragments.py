"""Includes that do not depend on the page (a tag cloud, a footer) are rendered once for a language, not once
for each page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jinja2 import Template, meta, nodes

from village.render.lens import Lens, question
from village.render.views.site import SiteView

# Names whose meaning is the same on every page of a language.
SHARED = frozenset(
    {
        "site",
        "i18n",
        "T",
        "now",
        "hugo",
        "absurl",
        "relurl",
        "abslangurl",
        "rellangurl",
        "dict",
        "slice",
        "range",
        "namespace",
        "resources",
        "len",
        "seq",
        "cond",
        "merge",
        "append",
        "printf",
        "index",
        "math",
        "strings",
        "path",
        "cast",
        "compare",
        "crypto",
        "encoding",
        "hash",
        "inflect",
        "os",
        "file_exists",
        "read_file",
        "read_dir",
        "getenv",
        "reflect",
        "default",
        "lipsum",
        "cycler",
        "joiner",
    }
)
PAGE_FILTERS = frozenset({"markdownify", "ref", "relref", "paginate", "render"})


def is_pure(templates: Any, name: str) -> bool:
    """Whether the text of a template depends on the site alone: no page, no loop variable, no block, all its
    includes likewise.
    """
    _, _, digest = templates.read(name)
    known = templates.pure.get(name)
    if known is None or known[0] != digest:
        templates.pure[name] = (digest, False)  # a template that includes itself is not
        templates.pure[name] = known = (digest, judge(templates, name))
    return known[1]


def judge(templates: Any, name: str) -> bool:
    tree = templates.parse(templates.read(name)[0], name)
    if meta.find_undeclared_variables(tree) - SHARED:
        return False
    if any(True for _ in tree.find_all((nodes.Extends, nodes.Block, nodes.Macro, nodes.Import, nodes.FromImport))):
        return False
    if any(node.name in PAGE_FILTERS for node in tree.find_all(nodes.Filter)):
        return False
    for node in tree.find_all(nodes.Include):
        if not isinstance(node.template, nodes.Const) or not isinstance(node.template.value, str):
            return False
        found = templates.find(node.template.value, name)
        if not found or not is_pure(templates, found):
            return False
    return not only_text(tree)


def only_text(tree: nodes.Template) -> bool:
    """Nothing to save in a template without an expression."""
    return not any(True for _ in tree.find_all((nodes.Name, nodes.Include)))


class Fragment:
    """Stands for a pure template where it is included; anything else done with it goes to the template itself."""

    def __init__(self, templates: Any, name: str, template: Template) -> None:
        self.templates = templates
        self.name = name
        self.template = template

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self.template, attribute)

    def new_context(self, names: Any = None, shared: bool = False, local: Any = None) -> Any:
        """The context of an include; what the page set over ``site`` makes the fragment an ordinary template again."""
        names = names or {}
        ours = isinstance(site := names.get("site"), SiteView) and not (SHARED & set(local or ()))
        return site if ours else self.template.new_context(names, shared, local)

    def root_render_func(self, context: Any) -> Iterator[str]:
        if isinstance(context, SiteView):
            text, published = self.templates.lens.ask("fragment", self.name, context.lang)
            self.templates.lens.rendering.published.update(published)
            yield text
        else:
            yield from self.template.root_render_func(context)


@question("fragment")
def answer_fragment(lens: Lens, name: str, lang: str) -> tuple[str, tuple[Any, ...]]:
    """The text of a pure template, and the files that rendering it published."""
    return lens.services.fragment(name, lang)  # type: ignore[attr-defined]
