"""An XML data file as nested tables, in the shape of Hugo's ``transform.Unmarshal``: attributes as ``-name``,
text as ``#text``.
"""

from __future__ import annotations

from typing import Any
from xml.parsers import expat


def decode(source: str) -> Any:
    """The content of the root element. Raises expat.ExpatError, or ValueError for a document type with entities."""
    root: dict[str, Any] = {}
    stack: list[tuple[str, dict[str, Any], list[str]]] = [("", root, [])]
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        stack.append((name, {f"-{key}": value for key, value in attributes.items()}, []))

    def end(_name: str) -> None:
        name, table, words = stack.pop()
        add(stack[-1][1], name, settle(table, "".join(words).strip()))

    def refuse(*_: Any) -> None:
        raise ValueError("entity declarations are refused")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: stack[-1][2].append(text)  # noqa: PLW0108 — the top of the stack moves
    parser.EntityDeclHandler = refuse
    parser.Parse(source.encode(), True)
    return next(iter(root.values()), {})


def settle(table: dict[str, Any], words: str) -> Any:
    """An element's value: its text alone where it has nothing else."""
    if not table:
        return words
    return {**table, "#text": words} if words else table


def add(table: dict[str, Any], name: str, value: Any) -> None:
    """Elements of one name become a list."""
    if name not in table:
        table[name] = value
    elif isinstance(table[name], list):
        table[name].append(value)
    else:
        table[name] = [table[name], value]
