"""All that the author wrote, read: every page with a file, before it is decided which of them stand in the site now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from village.errors import AuthorError, ContentError, FrontMatterError, SiteConfigError
from village.site import cascade, pages, tables
from village.site.addresses import urls
from village.site.cascade import Cascade
from village.site.component_files import ComponentFile
from village.site.config.loading import Config
from village.site.config.rules import Rules
from village.site.content import bundles, reader, resources
from village.site.content.bundles import Node
from village.site.content.files import Entry, Names
from village.site.guard import Guard
from village.site.model import Language, Layer, LoadOptions, Page, PageId, page_id
from village.site.order import ordering

Signature = tuple[int, int, int]  # mtime_ns, size, ctime_ns


@dataclass(slots=True)
class Harvest:
    """What reading a site found. ``pages`` holds drafts and future pages as well; lists are not yet sorted into
    one another.
    """

    config: Config
    guard: Guard
    languages: dict[str, Language]
    layers: list[Layer]
    rules: dict[str, Rules]
    nodes: dict[str, Node] = field(default_factory=dict)
    pages: dict[PageId, Page] = field(default_factory=dict)
    cascades: dict[PageId, list[Cascade]] = field(default_factory=dict)  # of branches, nearest first, the config's last
    folders: dict[PageId, str] = field(default_factory=dict)  # branches whose path has a slug in it → that path
    files: dict[str, Signature] = field(default_factory=dict)  # every file of the content layers
    data_files: dict[str, Signature] = field(default_factory=dict)
    i18n_files: dict[str, Signature] = field(default_factory=dict)
    config_files: dict[str, Signature] = field(default_factory=dict)
    content: dict[str, tuple[str, str, str]] = field(
        default_factory=dict
    )  # location → (node's path, language, page's path)
    errors: list[AuthorError] = field(default_factory=list)
    warnings: list[AuthorError] = field(default_factory=list)
    git: Mapping[str, dict[str, Any]] = field(default_factory=dict)  # path below the folder → its last commit
    git_head: str = ""
    order: list[str] = field(default_factory=list)  # languages
    data: dict[str, Any] = field(default_factory=dict)
    i18n: dict[str, dict[str, Any]] = field(default_factory=dict)
    components: dict[str, list[ComponentFile]] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    options: LoadOptions = field(default_factory=LoadOptions)
    link_warnings: list[AuthorError] = field(default_factory=list)  # links met while looking for content
    hidden: list[AuthorError] = field(default_factory=list)  # content files that no page is made of
    pending: set[str] = field(default_factory=set)  # changes of a reload that failed: looked at again by the next


def gather(harvest: Harvest, entries: list[Entry]) -> None:
    """Read every page with a file. Errors are collected, not raised."""
    harvest.nodes = bundles.arrange(entries)
    harvest.hidden = hidden(harvest, entries)
    warn_of_root_index(harvest)
    harvest.order = list(harvest.languages)
    for entry in entries:
        harvest.files[entry.location] = (entry.mtime_ns, entry.size, entry.ctime_ns)
    branches = sorted(path for path, node in harvest.nodes.items() if node.bundle == "branch")
    singles = [path for path, node in harvest.nodes.items() if node.bundle != "branch"]
    for path in (*branches, *singles):  # what a branch hands down is known before the pages below it are read
        read_node(harvest, harvest.nodes[path])


def hidden(harvest: Harvest, entries: list[Entry]) -> list[AuthorError]:
    """A warning for each content file that another one hides: the same page twice (``a.md`` and ``a/index.md``, or
    names that differ in case only), or ``_index.md`` beside an ``index.md``.
    """
    used = {entry.location for node in harvest.nodes.values() for entry in node.files.values()}
    used |= {entry.location for node in harvest.nodes.values() for _, entry in node.resources if entry.base != "_index"}
    found: list[AuthorError] = []
    for entry in entries:
        if not entry.is_content or entry.location in used:
            continue
        path = bundles.logical(entry.folder, "" if entry.base in {"index", "_index"} else entry.base)
        winner = harvest.nodes[path].files.get(entry.lang) if path in harvest.nodes else None
        if winner is not None:
            message = f"is not used: {harvest.guard.shown(winner.location)} is the page {path} already"
            hint = "rename one of them, or remove it"
            found.append(ContentError(message, file=harvest.guard.shown(entry.location), hint=hint))
    return found


def warn_of_root_index(harvest: Harvest) -> None:
    """``content/index.md`` makes the whole site one bundle: hardly ever what was meant."""
    home = harvest.nodes.get("/")
    if home is not None and home.bundle == "leaf":
        file = harvest.guard.shown(next(iter(home.files.values())).location)
        hint = "name it _index.md: index.md makes everything below it a resource of the home page"
        harvest.warnings.append(ContentError("the home page is a leaf bundle", file=file, hint=hint))


def kind_of(node: Node, rules: Rules) -> tuple[str, str]:
    """(kind, taxonomy) of a node: a branch at or below a taxonomy's path is its list or one of its terms."""
    if node.path == "/":
        return "home", ""
    if node.bundle != "branch":
        return "page", ""
    for plural in rules.taxonomy_folders:
        root = "/" + plural.replace(" ", "-")
        if node.path == root:
            return "taxonomy", plural
        if node.path.startswith(root + "/"):
            return "term", plural
    return "section", ""


def read_node(harvest: Harvest, node: Node) -> None:
    """The pages of a node, one for each language it has a file in, into the harvest; what cannot be read is an
    error of the harvest.
    """
    read = []
    for lang, entry in node.files.items():
        if lang not in harvest.rules:
            continue
        harvest.content[entry.location] = (node.path, lang, node.path)
        try:
            page, matter = make(harvest, node, harvest.rules[lang], entry)
        except FrontMatterError as error:
            found = error if error.file else reader.locate_error(error, entry)
            found.file = harvest.guard.shown(entry.location)
            harvest.errors.append(found)
            continue
        except SiteConfigError as error:
            harvest.errors.append(error)
            continue
        harvest.pages[page.id] = page
        read.append((page, matter))
    if node.resources:  # once every language's address is known
        for page, matter in read:
            add_resources(harvest, page, node, harvest.rules[page.lang], matter)
        for page, _ in read:
            borrow(harvest, page, node)


def make(harvest: Harvest, node: Node, rules: Rules, entry: Entry) -> tuple[Page, dict[str, Any]]:
    """A page with its address, and its front matter."""
    kind, taxonomy = kind_of(node, rules)
    section = pages.page_section(node)
    page = Page(lang=rules.lang, path=node.path, kind=kind, section=section, type=section or "page", bundle=node.bundle)
    page.taxonomy = taxonomy
    page.parent = parent_of(harvest, node.path, rules.lang)
    matter = understand(harvest, page, rules, entry, node.base or node.folder.rsplit("/", 1)[-1])
    formats = formats_of(matter.get("outputs"), kind, rules)
    sections, slugs = section_facts(harvest, page)
    pages.place(page, node, folder_for(harvest, page, node), rules, sections=sections, slugs=slugs, formats=formats)
    return page, matter


def understand(harvest: Harvest, page: Page, rules: Rules, entry: Entry, base: str) -> dict[str, Any]:
    """Read the file into the page, with what is handed down; returns the whole front matter. Raises
    FrontMatterError with its line.
    """
    source, matter, has_cjk = reader.read(entry, cjk=rules.cjk)
    page.source = source
    if has_cjk is not None:
        page.is_cjk = has_cjk
    chain = cascades_for(harvest, page)
    own = cascade.site_cascade(matter.get("cascade"))
    if page.bundle == "branch" and own:
        chain = own + chain
        harvest.cascades[page.id] = chain
    elif own:
        chain = own + chain
    if chain:
        matter = cascade.apply(matter, chain, page, rules.environment)
    if harvest.git:
        page.git = harvest.git.get(harvest.guard.shown(entry.location), page.git)
    pages.fill(page, matter, rules, base, source)
    if harvest.options.generated and entry.location.startswith(f"{harvest.options.generated}/"):
        own = tables.lower_keys(matter.get("params")) if isinstance(matter.get("params"), Mapping) else {}
        page.params = pages.without_reserved(page.params, own)  # as Hugo's for a page of a content adapter
    if markup := tables.text(matter.get("markup") or ""):
        source.markup = MARKUP_NAMES.get(markup.lower(), markup.lower())
    return matter


MARKUP_NAMES = {"md": "markdown", "goldmark": "markdown", "mmark": "markdown", "blackfriday": "markdown", "htm": "html"}


def folder_for(harvest: Harvest, page: Page, node: Node) -> str:
    """The directory of a page, or the whole path of a list, as written; the slug of a section stands for its
    folder all the way down.
    """
    folder = node.folder
    above = harvest.folders.get(page.parent)
    if above is not None:
        depth = page.parent.count("/")
        folder = "/".join([above, *folder.split("/")[depth:]])
    if page.kind not in {"page", "home"} and page.slug:
        folder = "/".join([*folder.split("/")[:-1], urls.sanitize(page.slug)])
    if page.kind != "page" and folder != node.folder:
        harvest.folders[page.id] = folder
    return folder


def cascades_for(harvest: Harvest, page: Page) -> list[Cascade]:
    """What the nearest branch above with a cascade hands down, else what the config does."""
    if harvest.cascades:
        path = page.path
        while path != "/":
            path = path.rpartition("/")[0] or "/"
            chain = harvest.cascades.get(page_id(page.lang, path))
            if chain is not None:
                return chain
    return harvest.rules[page.lang].cascade


def formats_of(wanted: Any, kind: str, rules: Rules) -> list[str]:
    """The output formats of a page: its own ``outputs``, else those of its kind."""
    if wanted:
        names = [name.lower() for name in tables.words(wanted)]
        unknown = [name for name in names if name not in rules.formats]
        if unknown:
            raise FrontMatterError(f'outputs: "{unknown[0]}" is not an output format', hint=", ".join(rules.formats))
        return names
    return rules.outputs[kind]


def parent_of(harvest: Harvest, path: str, lang: str) -> PageId:
    """The nearest branch above in this language; home stands above all, itself above nothing."""
    if path == "/":
        return ""
    rules = harvest.rules[lang]
    while (path := path.rpartition("/")[0]) not in {"", "/"}:
        node = harvest.nodes.get(path)
        if node is not None and rules.closed and kind_of(node, rules)[1] in rules.closed:
            continue
        if node is not None and node.bundle == "branch" and (lang in node.files or path.count("/") == 1):
            return page_id(lang, path)
    return page_id(lang, "/")


def section_facts(harvest: Harvest, page: Page) -> tuple[list[str], list[str]]:
    """(path segments, slugs or titles) of the sections that the page stands in, outermost first."""
    if not harvest.rules[page.lang].permalinks and ":" not in page.url:
        return [], []
    current = page.id if page.kind != "page" else page.parent
    path = current.partition(":")[2]
    slugs = []
    while current and not current.endswith(":/"):
        above = harvest.pages.get(current) if current != page.id else page
        here = current.partition(":")[2]
        slugs.append(
            (above.slug or above.title.replace("/", "-"))
            if above
            else pages.auto_title(
                harvest.nodes[here].folder if here in harvest.nodes else here, harvest.rules[page.lang]
            )
        )
        current = above.parent if above else page_id(page.lang, "/")
    return [part for part in path.split("/") if part], slugs[::-1]


def add_resources(harvest: Harvest, page: Page, node: Node, rules: Rules, matter: Mapping[str, Any]) -> None:
    """The bundle's files; a content file among them becomes a page of its own that is never rendered alone."""
    chosen = resources.choose(node, rules.lang, harvest.order)
    folders = {lang: published_in(harvest, page, lang) for lang in harvest.order}
    page.resources = resources.build(chosen, rules, {**folders, page.lang: resources.folder_of(page, rules)})
    by_location = {entry.location: entry for _, entry in chosen}
    kept = []
    for resource in page.resources:
        entry = by_location[resource.location]
        if entry.is_content:
            if entry.lang != page.lang:
                continue
            inner = make_inner(harvest, page, resource.name, rules, entry)
            if inner is None:
                continue
            resource.page, resource.title, resource.params = inner.id, inner.title, inner.params
            resource.size = resource.mtime_ns = 0  # its page has a source that is read again without the bundle
            resource.name = urls.normalize(resource.name)
        kept.append(resource)
    ordered = resources.sort(kept, lambda key: ordering.key(harvest.pages[key]))
    if matter.get("resources"):
        resources.describe(ordered, matter["resources"])
        ordered = resources.sort(ordered, lambda key: ordering.key(harvest.pages[key]))
    page.resources = ordered


def published_in(harvest: Harvest, page: Page, lang: str) -> str:
    """The folder of a bundle's files of a language; a host of its own has its own copy of every file, and so has
    each language where duplicateResourceFiles is set."""
    if harvest.rules[lang].own_files:
        return resources.folder_of(page, harvest.rules[page.lang])
    theirs, ours = harvest.rules[lang], harvest.rules[page.lang]
    other = harvest.pages.get(page_id(lang, page.path))
    if other is None and page.kind != "page":  # a list that no file of that language names
        folder = resources.folder_of(page, ours).removeprefix(ours.tree + ours.prefix)
        return f"{theirs.tree}{theirs.prefix}{folder}"
    return resources.folder_of(other or page, theirs)


def borrow(harvest: Harvest, page: Page, node: Node) -> None:
    """A file of another language's page comes with the params that page gives it (not with its name and title)."""
    langs = {entry.location: entry.lang for _, entry in node.resources}
    for resource in page.resources:
        lang = langs[resource.location]
        other = harvest.pages.get(page_id(lang, page.path)) if lang != page.lang else None
        for theirs in other.resources if other else ():
            if theirs.location == resource.location:
                resource.params = {**theirs.params, **resource.params}


def make_inner(harvest: Harvest, page: Page, name: str, rules: Rules, entry: Entry) -> Page | None:
    """A content file inside a leaf bundle."""
    folder = name.rpartition("/")[0]
    inner = Page(
        lang=page.lang,
        path=f"{page.path.rstrip('/')}{bundles.logical(folder, entry.base)}",
        kind="page",
        section=page.section,
        type=page.section or "page",
        parent=page.parent,
        owner=page.id,
    )
    harvest.content[entry.location] = (page.path, page.lang, inner.path)
    try:
        understand(harvest, inner, rules, entry, entry.base)
    except FrontMatterError as error:
        harvest.errors.append(error if error.file else reader.locate_error(error, entry))
        return None
    harvest.pages[inner.id] = inner
    return inner
