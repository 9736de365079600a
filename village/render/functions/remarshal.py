"""Hugo's ``transform.Remarshal``: a value written as JSON, YAML or TOML in the hand of Hugo's libraries. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from village.errors import TemplateError
from village.render.functions.text import jsonify
from village.render.views.values import plain

BARE = re.compile(r"[A-Za-z0-9_-]+")


def written(language: str, value: Any) -> str:
    """The text of a table in "json", "yaml" or "toml". Raises TemplateError for another language."""
    writer = WRITERS.get(language.lower())
    if writer is None:
        raise TemplateError(f"remarshal: {language!r} cannot be written here", hint=", ".join(WRITERS))
    return writer(bare(value))


def bare(value: Any) -> Any:
    """Plain tables and lists, with their tables in order of names."""
    found = plain(value)
    if isinstance(found, Mapping):
        return {str(key): bare(found[key]) for key in sorted(found, key=str)}
    return [bare(item) for item in found] if isinstance(found, (list, tuple)) else found


def as_json(value: Any) -> str:
    return str(jsonify(value, {"indent": "   ", "noHTMLEscape": True})) + "\n"


def as_yaml(value: Any) -> str:
    import yaml  # noqa: PLC0415 - pages seldom ask

    class Dumper(yaml.SafeDumper):
        """Without references to what came before: a list that stands twice is written twice."""

        def ignore_aliases(self, data: Any) -> bool:
            del data
            return True

    def text(dumper: Any, line: str) -> Any:
        style = "|" if "\n" in line else "'" if line in {"y", "Y", "n", "N"} else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", line, style=style)

    def moment(dumper: Any, when: datetime) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:timestamp", stamp(when))

    Dumper.add_representer(str, text)
    Dumper.add_multi_representer(str, lambda dumper, line: text(dumper, str(line)))
    Dumper.add_multi_representer(date, moment)
    return str(yaml.dump(value, Dumper=Dumper, allow_unicode=True, sort_keys=True, width=1_000_000))


def as_toml(value: Any) -> str:
    """Raises TemplateError for what is no table."""
    if not isinstance(value, dict):
        raise TemplateError("remarshal: only a table can be written as TOML", hint="put the list into a table")
    return "\n".join(table(value, (), 0)) + "\n"


def table(value: dict[str, Any], place: tuple[str, ...], depth: int) -> Iterator[str]:
    """The lines of a table: its plain values first, its tables behind, each a step deeper."""
    step = "  " * depth
    below = {key: item for key, item in value.items() if isinstance(item, dict) or is_tables(item)}
    plain_values = [key for key in value if key not in below and value[key] is not None]
    yield from (f"{step}{name(key)} = {scalar(value[key])}" for key in plain_values)
    started = bool(plain_values)
    for key, item in below.items():
        here = (*place, name(key))
        rows = item if isinstance(item, list) else [item]
        for row in rows:
            if started:
                yield ""
            dotted = ".".join(here)
            yield f"{step}[[{dotted}]]" if isinstance(item, list) else f"{step}[{dotted}]"
            yield from table(row, here, depth + 1)
            started = bool(row)


def is_tables(item: Any) -> bool:
    return isinstance(item, list) and bool(item) and all(isinstance(one, dict) for one in item)


def name(key: str) -> str:
    return key if BARE.fullmatch(key) else scalar(key)


def scalar(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date)):
        return stamp(value)
    if isinstance(value, float):
        number = format(Decimal(repr(value)), "f")
        return number if "." in number else f"{number}.0"
    if isinstance(value, list):
        return f"[{', '.join(scalar(one) for one in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name(key)} = {scalar(one)}" for key, one in value.items()) + "}"
    if isinstance(value, int):
        return str(value)
    line = str(value)
    return f"'{line}'" if "'" not in line and line.isprintable() else json.dumps(line, ensure_ascii=False)


def stamp(moment: date) -> str:
    """A date or a time as RFC 3339 has it."""
    return moment.isoformat().replace("+00:00", "Z")


WRITERS = {"json": as_json, "yaml": as_yaml, "toml": as_toml}
