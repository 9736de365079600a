"""What is known of Chroma, Hugo's highlighter: its languages, CSS classes and styles."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

_FIXED = {  # the same in every style
    "lnlinks": "outline:none;text-decoration:none;color:inherit",
    "lntd": "vertical-align:top;padding:0;margin:0;border:0;",
    "lntable": "border-spacing:0;padding:0;margin:0;border:0;",
    "line": "display:flex;",
}
_BACKGROUND = ("bg", "chroma")
PYGMENTS_NAMES = {  # fence languages of Chroma's that Pygments knows by another name
    "apkbuild": "bash", "appraisals": "ruby", "build.bazel": "python", "csproj": "xml", "cts": "typescript",
    "emacslisp": "elisp", "f95": "fortran", "fsproj": "xml", "gemfile": "ruby", "mts": "typescript",
    "pbtxt": "protobuf", "pipfile": "toml", "pkgbuild": "bash", "pl/pgsql": "plpgsql", "rakefile": "ruby",
    "star": "python", "styl": "sass", "textproto": "protobuf", "transact-sql": "tsql", "uv.lock": "toml",
    "vagrantfile": "ruby", "vcxproj": "xml", "viml": "vim", "workspace": "python",
    "bash-session": "console", "beef": "csharp", "bind": "text", "cassandra": "sql", "containerfile": "docker",
    "cql": "sql", "cue": "go", "desktop_entry": "ini", "edn": "clojure", "env": "bash", "gd3": "gdscript",
    "gdscript3": "gdscript", "gemfile-lock": "ruby", "gemfilelock": "ruby", "gql": "graphql", "graphqls": "graphql",
    "hbs": "html", "holyc": "c", "java-properties": "properties", "jsonc": "json5", "jsonl": "json",
    "mariadb": "mysql", "materialize": "sql", "metal": "cpp", "mzsql": "sql", "nu": "bash", "psd1": "powershell",
    "sh-session": "console", "sol": "solidity", "sqlrpgle": "sql", "stylus": "sass", "svelte": "html",
    "templ": "go", "txtpb": "protobuf", "vlang": "go", "vsh": "go", "vuejs": "vue", "z80": "nasm",
}  # fmt: skip


@lru_cache(maxsize=1)
def _facts() -> dict[str, str]:
    text = resources.files("village.render").joinpath("data/chroma.txt").read_text("utf-8")
    facts: dict[str, str] = {}
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "style":
            name, _, rules = rest.partition("\t")
            facts[f"style {name}"] = rules
        elif kind != "#":
            facts[kind] = rest
    return facts


@lru_cache(maxsize=1)
def languages() -> frozenset[str]:
    """The lower-cased fence languages Hugo highlights (names, file names and their endings); all others stay as
    they are, ``mermaid`` among them."""
    return frozenset(name.lower() for name in _facts()["languages"].split())


def style_names() -> list[str]:
    """The styles one may choose."""
    return [name.removeprefix("style ") for name in _facts() if name.startswith("style ")]


@lru_cache(maxsize=32)
def style_rules(name: str) -> dict[str, str]:
    """CSS declarations by class; an unknown style is Chroma's fallback, ``swapoff``."""
    facts = _facts()
    found = facts.get(f"style {name.lower()}") or facts["style swapoff"]
    rules: dict[str, str] = {}
    for group in found.split("\t"):
        classes, _, declarations = group.partition("=")
        rules.update(dict.fromkeys(classes.split(","), declarations))
    return {**rules, **_FIXED}


@lru_cache(maxsize=32)
def inline_styles(name: str) -> dict[str, str]:
    """Declarations by class for ``style`` attributes: without what the block's background already says."""
    rules = style_rules(name)
    given = set(rules.get("bg", "").rstrip(";").split(";"))
    styles: dict[str, str] = {}
    for key, declarations in rules.items():
        if key in _FIXED or key in {"bg", "chroma", "hl", "ln", "lnt"}:
            styles[key] = declarations
            continue
        kept = [each for each in declarations.rstrip(";").split(";") if each not in given]
        if kept:
            styles[key] = ";".join(kept)
    return styles


def stylesheet(style: str) -> str:
    """The style sheet of class mode, as ``hugo gen chromastyles --style=NAME`` writes it."""
    rules = style_rules(style)
    titles = dict(pair.split("=") for pair in _facts()["titles"].split())
    lines = [f"/* Generated using: hugo gen chromastyles --style={style} */", ""]
    for name, title in titles.items():
        if name in rules:
            selector = f".{name}" if name in _BACKGROUND else f".chroma .{name}"
            lines.append(f"/* {title} */ {selector} {{ {rules[name]} }}")
    return "\n".join(lines) + "\n"
