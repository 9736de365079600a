"""YAML as Go's library reads it: its scalars, duplicate keys refused, aliases bounded."""

from __future__ import annotations

import re
from typing import Any

import yaml

from village.site.formats.yaml_scalars import BOOL, FLOAT, INT, NULL, integer, real

MOST_NODES = 200_000  # of one file with its aliases expanded: the "billion laughs" bound

MERGE = "tag:yaml.org,2002:merge"


class GoLoader(yaml.CSafeLoader):
    """libyaml's parser with Go's idea of scalars and of duplicate keys."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012


def construct_mapping(loader: GoLoader, node: yaml.MappingNode) -> Any:
    """A mapping; a key given twice is an error (Go's library refuses it as well)."""
    table: dict[Any, Any] = {}
    yield table
    seen: set[Any] = set()
    for key_node, _ in node.value:
        if key_node.tag == MERGE or not isinstance(key_node, yaml.ScalarNode):
            continue
        if key_node.value in seen:
            problem = f'mapping key "{key_node.value}" is already defined'
            raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
        seen.add(key_node.value)
    table.update(loader.construct_mapping(node))


def construct_unknown(loader: GoLoader, _suffix: str, node: yaml.Node) -> Any:
    """A value with a tag nobody here knows: the value."""
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


FIRST = {
    "tag:yaml.org,2002:null": (NULL, ["~", "n", "N", ""]),
    "tag:yaml.org,2002:bool": (BOOL, list("tTfF")),
    "tag:yaml.org,2002:int": (INT, list("-+0123456789")),
    "tag:yaml.org,2002:float": (FLOAT, list("-+.0123456789")),
    MERGE: (re.compile(r"<<\Z"), ["<"]),
}
for _tag, (_pattern, _first) in FIRST.items():
    GoLoader.add_implicit_resolver(_tag, _pattern, _first)
GoLoader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: integer(loader.construct_scalar(node)))
GoLoader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: explicit_float(loader.construct_scalar(node)))
GoLoader.add_constructor("tag:yaml.org,2002:map", construct_mapping)
GoLoader.add_constructor(MERGE, lambda loader, node: loader.construct_scalar(node))
GoLoader.add_multi_constructor("!", construct_unknown)
GoLoader.add_multi_constructor("tag:yaml.org,2002:python", construct_unknown)


def explicit_float(word: str) -> float | str:
    """What an explicit ``!!float`` holds."""
    try:
        return real(word)
    except ValueError:
        return word


def load(source: str) -> Any:
    """The value of a YAML document. Raises yaml.YAMLError (with ``problem_mark`` where known) or ValueError."""
    loader = GoLoader(source)
    try:
        value = loader.get_single_data()
    finally:
        loader.dispose()
    if "*" in source and "&" in source:
        bound(value)
    return value


def bound(value: Any) -> None:
    """Refuse a value whose expanded aliases would not fit in memory."""
    waiting, count = [value], 0
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, dict):
            waiting.extend(inner.values())
        elif isinstance(inner, list):
            waiting.extend(inner)
        count += 1
        if count > MOST_NODES or len(waiting) > MOST_NODES:
            raise ValueError("the aliases of this YAML expand to more than any site needs")
