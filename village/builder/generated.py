"""What adapters say, as files of content: JSON front matter above the body, resources in the page's bundle."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from village.builder.union import UnionFile
from village.errors import TemplateError
from village.render.functions.compare import snake
from village.render.views.values import MapView, Missing
from village.site.addresses import urls
from village.site.formats import decoding

SUFFIXES = {
    "": "md", "text/markdown": "md", "markdown": "md", "md": "md", "text/html": "html", "html": "html",
    "text/org": "org", "text/asciidoc": "adoc", "text/rst": "rst", "text/pandoc": "pandoc",
}  # fmt: skip
KINDS = {"page", "section", "taxonomy", "term"}
DATES = {"date": "date", "lastmod": "lastmod", "publish_date": "publishDate", "expiry_date": "expiryDate"}
KNOWN = {  # the names that count, however they are spelt; any other key is front matter as it stands
    **{name: name for name in ("path", "kind", "content", "dates", "name", "title", "params")},
    **DATES, "link_title": "linkTitle", "translation_key": "translationKey", "is_cjk_language": "isCJKLanguage",
}  # fmt: skip


def bare(value: Any) -> Any:
    """A value of a template as plain data: tables, lists, text, numbers, dates."""
    if isinstance(value, MapView):
        value = value.plain()
    if isinstance(value, Mapping):
        return {str(key): bare(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [bare(inner) for inner in value]
    if isinstance(value, Missing) or value is None:
        return None
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value)


def parsed(file: UnionFile) -> Any:
    """The data in a file. Raises TemplateError."""
    language = decoding.EXTENSIONS.get(posixpath.splitext(file.name)[1].lower())
    if language is None:
        raise TemplateError(f"assets/{file.name} is no file of data", hint="JSON, YAML, TOML, CSV or XML")
    try:
        return decoding.decode(file.read().decode("utf-8-sig"), language)
    except (decoding.Malformed, UnicodeDecodeError) as error:
        where = f":{error.line}" if isinstance(error, decoding.Malformed) and error.line else ""
        raise TemplateError(f"assets/{file.name}{where}: {error}") from error


class Shelf:
    """The pages and resources of one adapter in one language, as they will lie in the folder of that language."""

    def __init__(self, lang: str, folder: str, adapter: str) -> None:
        self.lang = lang
        self.folder = folder
        self.adapter = adapter
        self.pages: dict[str, tuple[str, str, bytes]] = {}  # path → kind, suffix, file
        self.resources: dict[str, tuple[dict[str, Any], bytes]] = {}

    def page(self, table: Mapping[str, Any]) -> None:
        """Take a page. Raises TemplateError."""
        given = spelt(table)
        path = self.path(given.pop("path", ""), "add_page")
        kind = str(given.pop("kind", None) or "page")
        if kind not in KINDS:
            raise TemplateError(f'add_page: kind "{kind}" is not one of {", ".join(sorted(KINDS))}')
        content = given.pop("content", None)
        content = content if isinstance(content, Mapping) else {"value": content}
        content = {snake(key): value for key, value in content.items()}
        media = str(content.get("media_type") or "")
        if media not in SUFFIXES:
            raise TemplateError(
                f'add_page: content of type "{media}" is not understood', hint="text/markdown, text/html"
            )
        if path in self.pages:
            raise TemplateError(f'add_page: "{path}" is added twice', hint="give each page a path of its own")
        self.pages[path] = (kind, SUFFIXES[media], written(given, str(content.get("value") or "")))

    def resource(self, table: Mapping[str, Any]) -> None:
        """Take a file for a page's bundle. Raises TemplateError."""
        given = spelt(table)
        path = self.path(given.pop("path", ""), "add_resource")
        content = given.pop("content", None)
        value = content.get("value") if isinstance(content, Mapping) else content
        if value is None:
            raise TemplateError(f'add_resource: "{path}" has no content', hint='content={"value": …}')
        self.resources[path] = (
            {key: given[key] for key in ("name", "title", "params") if given.get(key)},
            str(value).encode("utf-8", "replace"),
        )

    @staticmethod
    def path(value: Any, caller: str) -> str:
        """A path below the adapter's folder. Raises TemplateError for one that leads out of it or cannot be a file."""
        path = str(value or "").strip("/")
        parts = path.split("/")
        bad = (
            not path
            or "\0" in path
            or any(part in ("", ".", "..") or part[0] in "._#" or len(part.encode()) > 200 for part in parts)
        )
        if bad:
            hint = 'a path below the folder of the adapter: "books/the-hobbit"'
            raise TemplateError(f"{caller}: {str(value)[:100]!r} is not a path", hint=hint)
        return "/".join(urls.normalize(part) for part in parts)

    def files(self) -> dict[str, bytes]:
        """Everything, by path below the folder of all languages. A page with files of its own is a bundle."""
        found: dict[str, bytes] = {}
        owners = {path: self.owner(path) for path in self.resources}
        for path, (kind, suffix, data) in self.pages.items():
            mine = [inner for inner, owner in owners.items() if owner == path]
            name = f"{path}/_index" if kind != "page" else f"{path}/index" if mine else path
            described = [self.described(inner, path) for inner in mine if self.resources[inner][0]]
            found[self.place(f"{name}.{suffix}")] = with_resources(data, described)
        for path, (_, data) in self.resources.items():
            found[self.place(path)] = data
        return found

    def described(self, path: str, owner: str) -> dict[str, Any]:
        """Name, title and params of a resource, as front matter says them."""
        return {"src": path[len(owner) + 1 :], **self.resources[path][0]}

    def owner(self, path: str) -> str:
        """The nearest page above a resource, "" for none."""
        while path:
            path = posixpath.dirname(path)
            if path in self.pages:
                return path
        return ""

    def place(self, name: str) -> str:
        return "/".join(part for part in (self.lang, self.folder, name) if part)


def spelt(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table with the names that count in one spelling."""
    return {KNOWN.get(snake(str(key)), str(key)): value for key, value in table.items()}


def written(given: Mapping[str, Any], body: str) -> bytes:
    """Front matter and body as one file."""
    matter: dict[str, Any] = {}
    dates = given.get("dates")
    for key, value in dates.items() if isinstance(dates, Mapping) else ():
        matter[DATES.get(snake(str(key)), str(key))] = value
    matter |= {key: value for key, value in given.items() if key != "dates" and value is not None}
    return f"{json.dumps(matter, ensure_ascii=False, sort_keys=True, indent=1)}\n{body}".encode("utf-8", "replace")


def with_resources(data: bytes, described: list[dict[str, Any]]) -> bytes:
    """The file with what its page says of its resources."""
    if not described:
        return data
    text = data.decode()
    matter, end = json.JSONDecoder().raw_decode(text)
    matter["resources"] = [*(matter.get("resources") or []), *described]
    return f"{json.dumps(matter, ensure_ascii=False, sort_keys=True, indent=1)}{text[end:]}".encode()
