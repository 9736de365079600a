"""What Hugo's configuration knows: its keys, its defaults and the names that older versions used."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

DEFAULTS: dict[str, Any] = {
    "baseurl": "", "title": "", "copyright": "", "locale": "", "theme": [], "themesdir": "themes",
    "archetypedir": "archetypes", "assetdir": "assets", "contentdir": "content", "datadir": "data", "i18ndir": "i18n",
    "layoutdir": "layouts", "staticdir": ["static"], "publishdir": "public", "resourcedir": "resources",
    "builddrafts": False, "buildfuture": False, "buildexpired": False, "canonifyurls": False, "relativeurls": False,
    "uglyurls": False, "removepathaccents": False, "disablepathtolower": False, "disablealiases": False,
    "disablekinds": [], "disablelanguages": [], "disabledefaultlanguageredirect": False,
    "disabledefaultsiteredirect": False,
    "disablehugogeneratorinject": False, "disablelivereload": False, "enableemoji": False, "enablegitinfo": False,
    "enablemissingtranslationplaceholders": False, "enablerobotstxt": False, "defaultcontentlanguage": "en",
    "defaultcontentlanguageinsubdir": False, "defaultoutputformat": "html", "hascjklanguage": False, "ignorefiles": [],
    "ignorelogs": [], "mainsections": None, "capitalizelisttitles": True, "pluralizelisttitles": True,
    "refLinksErrorLevel".lower(): "ERROR",
    "reflinksnotfoundurl": "", "rendersegments": [], "sectionpagesmenu": "", "summarylength": 70, "timezone": "",
    "timeout": "60s",
    "titlecasestyle": "AP", "watch": False, "enableinlineshortcodes": False,
    "pagination": {"disablealiases": False, "pagersize": 10, "path": "page"},
    "page": {"nextprevinsectionsortorder": "desc", "nextprevsortorder": "desc"},
    "taxonomies": {"tag": "tags", "category": "categories"},
    "sitemap": {"changefreq": "", "disable": False, "filename": "sitemap.xml", "priority": -1.0},
    "services": {"disqus": {"shortname": ""}, "googleanalytics": {"id": ""}, "rss": {"limit": -1}, "instagram": {},
    "x": {}},
    "privacy": {"disqus": {}, "googleanalytics": {"disable": False, "respectdonottrack": True}, "instagram": {},
    "vimeo": {}, "x": {}, "youtube": {}},
    "related": {"threshold": 80, "includenewer": False, "tolower": False, "indices": [
        {"name": "keywords", "weight": 100}, {"name": "date", "weight": 10}, {"name": "tags", "weight": 80}]},
    "params": {}, "menus": {}, "outputs": {}, "outputformats": {}, "mediatypes": {}, "permalinks": {},
    "frontmatter": {},
    "languages": {}, "module": {}, "markup": {}, "cascade": [], "security": {}, "minify": {}, "imaging": {},
    "server": {},
    "build": {}, "caches": {}, "deployment": {}, "segments": {}, "httpcache": {}, "contenttypes": {}, "roles": {},
    "versions": {},
    "village": {"slugs": "keep"},
}  # fmt: skip

# Where the site has a table of its own, Hugo's defaults of it are gone altogether.
UNRELATED: dict[str, Any] = {"threshold": 0, "includenewer": False, "tolower": False, "indices": []}
# Keys that Hugo once had or that themes set at the root by custom: known, so not worth a warning.
RETIRED = frozenset(
    str.split("""
appendport archetype assets author blackfriday buildstats cachedir cleandestinationdir clearcache contentdirs
disablebrowsererror
date debug defaultcontentrole defaultcontentroleinsubdir defaultcontentversion defaultcontentversioninsubdir
defaultlayout description destination direction disable404 disabled disablefastrender disablehugogeneratorinject
disablelivereload disablerss disablesitemap disqusshortname email enablegitinfo environment footnoteanchorprefix
footnotereturnlinkcontents forcesyncstatic github gitinfo googleanalytics googleplus i18nwarnings ignorecache
ignoreerrors ignorevendor ignorevendorpaths indexes instagram keywords label languagecode languagedirection
languagename layoutdir linktitle log logfile loglevel menu metadataformat multilingual name newcontenteditor
nochmod notimes paginate paginatepath paniconwarning pluralizelisttitles preservetaxonomynames printi18nwarnings
printpathwarnings printunusedtemplates pygmentscodefences pygmentscodefencesguesssyntax pygmentsoptions
pygmentsstyle pygmentsuseclasses pygmentsuseclassic quiet rendertodisk rendertomemory rsslimit sectionpagesmenu
social source staticdir0 staticdir1 staticdir2 staticdir3 staticdir4 staticdir5 subtitle templatemetrics
templatemetricshints trace twitter uglyurls verbose verboselog weight workdir workingdir
""")
)

# old name → the place it lives now
MOVED = {
    "languagecode": "locale",
    "rsslimit": "services.rss.limit",
    "googleanalytics": "services.googleanalytics.id",
    "disqusshortname": "services.disqus.shortname",
    "pygmentsstyle": "markup.highlight.style",
    "pygmentscodefences": "markup.highlight.codefences",
    "pygmentscodefencesguesssyntax": "markup.highlight.guesssyntax",
    "menu": "menus",
    "indexes": "taxonomies",
}
GONE = {"paginate": "pagination.pagerSize", "paginatepath": "pagination.path"}  # Hugo ignores them since 0.147
LANGUAGE_MOVED = {"languagename": "label", "languagecode": "locale", "languagedirection": "direction", "menu": "menus"}
KINDS_DISABLED_BY = {"disablerss": "rss", "disablesitemap": "sitemap", "disable404": "404"}
MERGED_DEEP = ("params",)
MERGED_SHALLOW = ("menus", "outputformats", "mediatypes")


def unknown(keys: list[str]) -> Iterator[tuple[str, str]]:
    """Every root key that neither Hugo nor village knows, with the nearest known one ("" = nothing is near)."""
    for key in keys:
        if key in GONE:
            yield key, GONE[key]
        if key not in DEFAULTS and key not in RETIRED and not key.startswith("_"):
            near = difflib.get_close_matches(key, [*DEFAULTS, *RETIRED], 1, 0.75)
            yield key, near[0] if near else ""
