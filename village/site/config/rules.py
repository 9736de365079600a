"""What one language's config means for its pages, worked out once."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from village.errors import SiteConfigError
from village.site import dates, tables
from village.site.addresses import permalinks, urls
from village.site.cascade import Cascade, site_cascade
from village.site.config import mistakes, outputs
from village.site.model import Language

# What Python knows of file types, whatever the machine's own tables say: Hugo asks the system for a suffix it does
# not know.
SYSTEM_TYPES = {suffix[1:]: kind for suffix, kind in mimetypes.MimeTypes(filenames=()).types_map[True].items()}


@dataclass(slots=True)
class Rules:
    """The compiled config of one language."""

    lang: str
    prefix: str
    tree: str
    environment: str
    style: urls.Style
    zone: tzinfo
    chains: dict[str, tuple[str, ...]]
    permalinks: list[permalinks.Rule]
    formats: dict[str, outputs.OutputFormat]
    media: dict[str, outputs.MediaType]
    suffixes: dict[str, str]  # "jpg" → "image/jpeg"
    outputs: dict[str, list[str]]
    disabled_kinds: frozenset[str]
    taxonomies: dict[str, str]  # plural → singular
    closed: tuple[str, ...]  # plurals without lists and terms: their folders are there, and nothing else of them
    ugly: Any  # bool, or section → bool
    cascade: list[Cascade]
    drafts: bool
    future: bool
    expired: bool
    title: str = ""
    capitalize: str = "AP"
    pluralize: bool = True
    sitemap: dict[str, Any] = field(default_factory=dict)
    git: bool = False
    own_files: bool = False  # each language publishes the files of its bundles itself
    cjk: bool = False  # hasCJKLanguage: look into bodies for Chinese, Japanese and Korean

    @property
    def taxonomy_folders(self) -> tuple[str, ...]:
        """Every plural whose folder belongs to taxonomies and is no section, in use or not."""
        return (*self.taxonomies, *self.closed)

    def is_ugly(self, kind: str, section: str) -> bool:
        """Whether ``uglyURLs`` holds for a page of this kind in this top-level section."""
        if isinstance(self.ugly, Mapping):
            return tables.truth(self.ugly.get(section.lower(), False))
        return tables.truth(self.ugly)


def compile_rules(
    language: Language, environment: str, drafts: bool | None, future: bool | None, expired: bool | None
) -> Rules:
    """The rules of a language. Raises SiteConfigError for a time zone nobody knows or a bad permalink."""
    config = language.config
    zone = dates.zone(tables.text(config.get("timezone") or ""))
    if zone is None:
        message = f'timeZone "{config.get("timezone")}" is not known'
        raise SiteConfigError(message, file="config", hint='an IANA name, such as "Europe/Berlin"')
    media = outputs.media_types(mapping(config, "mediatypes"))
    formats = outputs.formats(mapping(config, "outputformats"), media)
    mistakes.check_outputs(config.get("outputs"), formats)
    return Rules(
        lang=language.lang,
        prefix=language.prefix,
        tree=language.tree,
        environment=environment,
        style=style(config),
        zone=zone,
        chains=dates.chains(mapping(config, "frontmatter")),
        permalinks=permalinks.rules(config.get("permalinks") or {}),
        formats=formats,
        media=media,
        suffixes=SYSTEM_TYPES
        | {suffix: kind.type for kind in reversed(media.values()) for suffix in kind.suffixes}
        | {"": "application/octet-stream"},
        outputs=outputs.by_kind(mapping(config, "outputs"), formats, disabled_kinds(config)),
        disabled_kinds=disabled_kinds(config),
        taxonomies={} if none(config) else taxonomy_names(config),
        closed=tuple(taxonomy_names(config)) if none(config) else (),
        ugly=config.get("uglyurls", False),
        cascade=site_cascade(config.get("cascade")),
        drafts=tables.truth(config.get("builddrafts", False)) if drafts is None else drafts,
        future=tables.truth(config.get("buildfuture", False)) if future is None else future,
        expired=tables.truth(config.get("buildexpired", False)) if expired is None else expired,
        title=language.title,
        capitalize=str(config.get("titlecasestyle") or "AP")
        if tables.truth(config.get("capitalizelisttitles", True))
        else "",
        pluralize=tables.truth(config.get("pluralizelisttitles", True)),
        sitemap=dict(mapping(config, "sitemap")),
        git=tables.truth(config.get("enablegitinfo", False)),
        own_files=bool(language.tree)
        or tables.truth(tables.dotted(config, "markup.goldmark.duplicateresourcefiles", False)),
        cjk=tables.truth(config.get("hascjklanguage", False)),
    )


def mapping(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A table of the config; {} where there is none."""
    value = config.get(key)
    return value if isinstance(value, Mapping) else {}


def style(config: Mapping[str, Any]) -> urls.Style:
    """How paths are written. ``village.slugs`` is "keep", "ascii" or "translit"."""
    manner = str(tables.dotted(config, "village.slugs", "keep")).lower()
    if manner not in {"keep", "ascii", "translit"}:
        raise SiteConfigError(f'village.slugs: "{manner}" is not one of keep, ascii, translit', file="config")
    return urls.Style(
        lower=not tables.truth(config.get("disablepathtolower", False)),
        remove_accents=tables.truth(config.get("removepathaccents", False)),
        slugs=manner,
    )


def disabled_kinds(config: Mapping[str, Any]) -> frozenset[str]:
    """Kinds that are switched off, under their present names."""
    old = {"taxonomyterm": "taxonomy", "robotstxt": "robotstxt"}
    return frozenset(old.get(kind.lower(), kind.lower()) for kind in tables.strings(config.get("disablekinds")))


def none(config: Mapping[str, Any]) -> bool:
    """Whether both kinds of taxonomies are switched off."""
    return {"taxonomy", "term"} <= disabled_kinds(config)


def taxonomy_names(config: Mapping[str, Any]) -> dict[str, str]:
    """Plural → singular of the taxonomies."""
    return {str(plural).lower(): singular for singular, plural in mapping(config, "taxonomies").items() if plural}
