"""What the author wrote, understood: Hugo's model with Python's names. Plain data; nothing here is rendered or
reads a clock.

A page's body is not kept in memory: ``Source.read_body`` fetches it when it is rendered. Everything else about
10,000 posts is small. Pages refer to one another by id (``"en:/posts/hello"``), never by object, so that one
page can be replaced without touching the others and every read of another page passes through one place
(``render.lens``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from village.errors import AuthorError, ContentError

KINDS = ("home", "section", "taxonomy", "term", "page")
PageId = str


def page_id(lang: str, path: str) -> PageId:
    """The key of a page: language and Hugo's logical path ("/", "/posts", "/posts/hello", "/tags/go")."""
    return f"{lang}:{path}"


@dataclass(slots=True)
class Source:
    """The file behind a page: where it lies, what it was when it was read, where its body begins."""

    location: str  # absolute path (a Path object per page would cost megabytes)
    path: str  # relative to its content folder, as Hugo's File.Path: "posts/hello.md"
    digest: str  # sha256 of the whole file
    body_start: int  # byte offset of the body
    body_line: int  # 1-based line of the body's first line
    body_digest: str
    matter_digest: str = ""  # of all that stands above the body
    mtime_ns: int = 0
    size: int = 0
    ctime_ns: int = 0
    markup: str = "markdown"  # "markdown" | "html" | …

    @property
    def file(self) -> Path:
        """The absolute path."""
        return Path(self.location)

    def read_body(self) -> str:
        """The text after the front matter; what is not UTF-8 becomes U+FFFD. Raises ContentError when the file is
        gone."""
        try:
            with open(self.location, "rb") as file:
                file.seek(self.body_start)
                return file.read().decode("utf-8", "replace").replace("\r\n", "\n")
        except OSError as error:
            raise ContentError(f"cannot be read: {error.strerror}", file=self.shown) from error

    def undecodable_line(self) -> int:
        """The line of the first byte that is not UTF-8; 0 where there is none: an author may write U+FFFD itself."""
        data = self.file.read_bytes()[self.body_start :]
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            return self.body_line + data.count(b"\n", 0, error.start)
        return 0

    @property
    def shown(self) -> str:
        """The file as authors name it."""
        return f"content/{self.path}"


@dataclass(slots=True)
class Resource:
    """A file of a bundle (or a content file inside a leaf bundle: then ``page`` is its id and it is not
    rendered alone).
    """

    name: str
    title: str
    location: str  # absolute path
    target: str  # output path "/posts/hello/photo.jpg"
    media_type: str
    params: dict[str, Any] = field(default_factory=dict)
    size: int = 0
    mtime_ns: int = 0
    page: PageId = ""

    @property
    def file(self) -> Path:
        """The absolute path."""
        return Path(self.location)


@dataclass(slots=True)
class BuildOptions:
    """Front matter ``build``: list "always|local|never", render "always|link|never"."""

    list: str = "always"
    render: str = "always"
    publish_resources: bool = True


@dataclass(slots=True)
class Output:
    """One output format of one page: ``format`` is its name (html, rss, …), ``target`` its output file, ``url``
    its link path.
    """

    format: str
    target: str  # "/posts/hello/index.html"
    url: str  # "/posts/hello/" below the base path, unescaped


@dataclass(slots=True)
class Page:
    """One page with everything known before rendering. Dates are aware, None where Hugo has its zero date."""

    lang: str
    path: str
    kind: str
    section: str = ""  # first path segment
    type: str = "page"
    layout: str = ""
    title: str = ""
    link_title: str = ""
    description: str = ""
    summary: str = ""  # as in the front matter, Markdown
    keywords: list[str] = field(default_factory=list)
    slug: str = ""
    url: str = ""  # as in the front matter
    aliases: list[str] = field(
        default_factory=list
    )  # site paths with the language ("/old", "/ru/old", "/old.html"); file: aliases.target
    date: datetime | None = None
    lastmod: datetime | None = None
    publish_date: datetime | None = None
    expiry_date: datetime | None = None
    weight: int = 0
    draft: bool = False
    headless: bool = False
    is_cjk: bool | None = None
    translation_key: str = ""
    params: dict[str, Any] = field(default_factory=dict)  # lower-cased keys, reserved ones copied as Hugo does
    terms: dict[str, list[str]] = field(default_factory=dict)  # taxonomy plural → terms as written
    term_weights: dict[str, int] = field(default_factory=dict)
    menus: dict[str, dict[str, Any]] = field(default_factory=dict)
    sitemap: dict[str, Any] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    build: BuildOptions = field(default_factory=BuildOptions)
    bundle: str = ""  # "" | "leaf" | "branch"
    source: Source | None = None  # None: made by village (an auto section, a term without a file)
    parent: PageId = ""
    term: str = ""  # kind term: the term as written; kind taxonomy: ""
    taxonomy: str = ""  # kinds taxonomy and term: the taxonomy's plural
    owner: PageId = ""  # a content file inside a leaf bundle: the bundle's page (never rendered or listed alone)
    git: dict[str, Any] = field(
        default_factory=dict
    )  # hash, abbreviated_hash, author_name, author_email, author_date, subject

    @property
    def id(self) -> PageId:
        return page_id(self.lang, self.path)


@dataclass(slots=True)
class Language:
    """One language: ``prefix`` is "" or "/ru". With a host of its own it has no prefix but a ``tree``: the folder of
    the output, "/ru", whose inside that host shows as its root.
    """

    lang: str
    name: str = ""
    locale: str = ""
    direction: str = "ltr"
    weight: int = 0
    title: str = ""
    prefix: str = ""
    tree: str = ""
    base_url: str = ""
    content_dir: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)  # the merged config as this language sees it


@dataclass(slots=True)
class MenuEntry:
    """One entry of a menu; ``page`` is set when it points at a page."""

    identifier: str
    name: str
    url: str
    title: str = ""
    weight: int = 0
    pre: str = ""
    post: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    page: PageId = ""
    parent: str = ""
    children: list[MenuEntry] = field(default_factory=list)


@dataclass(slots=True)
class Skipped:
    """A page that is not published now: why, and when that changes (None: not by time)."""

    path: str
    reason: str  # "draft" | "future" | "expired" | "build.render"
    until: datetime | None = None


@dataclass(slots=True)
class Layer:
    """One component folder in the union file system; the project's layers come before the themes'."""

    component: str  # content data layouts static assets i18n archetypes
    folder: Path
    lang: str = ""
    target: str = ""  # path below the component where the folder appears
    theme: str = ""  # "" = the project
    include: tuple[str, ...] = ()  # globs of a mount's files; () = all
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What the caller decides about reading a site; None means: as the site's own config says."""

    environment: str = "production"
    base_url: str = ""  # overrides baseURL
    segments: tuple[str, ...] = ()  # instead of the config's renderSegments
    minify: bool = False  # as the config's minify.minifyOutput
    local: bool = False  # languages with hosts of their own become hosts below localhost: a preview
    drafts: bool | None = None
    future: bool | None = None
    expired: bool | None = None
    config_files: tuple[str, ...] = ()  # instead of the files looked for in the site's folder
    variables: Mapping[str, str] = field(default_factory=dict)  # HUGO_… variables
    now: datetime | None = None
    root: Path | None = None  # nothing outside is read; None = the site's folder
    generated: Path | None = None  # pages that content adapters made: a folder for each language
    theme_folders: tuple[Path, ...] = ()  # where a theme is looked for after the site's own themes folder


@dataclass(slots=True)
class Site:
    """A whole site at one moment. ``now`` is the moment that decided drafts and dates."""

    folder: Path
    config: dict[str, Any]  # merged, lower-cased keys
    languages: dict[str, Language]  # in order of their weight; which one is the default: default_language
    base_url: str = ""
    title: str = ""
    default_language: str = "en"
    environment: str = "production"
    pages: dict[PageId, Page] = field(default_factory=dict)
    children: dict[PageId, list[PageId]] = field(
        default_factory=dict
    )  # section → its pages and sections, default order
    order: dict[str, list[PageId]] = field(default_factory=dict)  # lang → every page that can be listed, default order
    taxonomies: dict[str, dict[str, dict[str, list[PageId]]]] = field(
        default_factory=dict
    )  # lang → plural → term key → ids
    menus: dict[str, dict[str, list[MenuEntry]]] = field(default_factory=dict)  # lang → menu → entries
    data: dict[str, Any] = field(default_factory=dict)
    i18n: dict[str, dict[str, Any]] = field(default_factory=dict)  # lang → key → text or plural forms
    layers: list[Layer] = field(default_factory=list)
    themes: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    warnings: list[AuthorError] = field(default_factory=list)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    next_moment: datetime | None = None  # when a page next appears or expires by itself
    options: LoadOptions = field(default_factory=LoadOptions)
    harvest: Any = None  # what loader.reload needs of this moment (village.site.harvest)
    index: dict[str, Any] = field(default_factory=dict, repr=False)  # what village.site.queries has worked out


@dataclass(slots=True)
class Changes:
    """What differs between two moments of a site, at the grain the builder asks about."""

    everything: bool = False  # config, mounts or themes changed: all questions are asked again
    added: set[PageId] = field(default_factory=set)
    removed: set[PageId] = field(default_factory=set)
    meta: set[PageId] = field(
        default_factory=set
    )  # any front matter field or derived place (order, URL, terms) changed
    body: set[PageId] = field(default_factory=set)  # only the body changed
    structure: bool = False  # lists, order or neighbours may differ: queries are asked again
    templates: set[Path] = field(default_factory=set)
    data: bool = False
    i18n: bool = False
    static: set[Path] = field(default_factory=set)
    assets: set[Path] = field(default_factory=set)
    resources: set[PageId] = field(default_factory=set)  # pages whose bundle files changed
