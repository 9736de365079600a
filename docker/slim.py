"""Babel's tables without what village never asks: it reads dates and plural rules, not the names of currencies.

Run once in the build stage; two thirds of the 30 MB go.
"""

import pathlib
import pickle

import babel.localedata

UNUSED = (
    "compound_unit_patterns",
    "currency_formats",
    "currency_names",
    "currency_names_plural",
    "currency_symbols",
    "currency_unit_patterns",
    "languages",
    "list_patterns",
    "scripts",
    "territories",
    "unit_display_names",
    "unit_patterns",
    "variants",
)

for path in pathlib.Path(babel.localedata.__file__).parent.joinpath("locale-data").glob("*.dat"):
    table = pickle.loads(path.read_bytes())  # noqa: S301 - the package's own file
    for name in UNUSED:
        if name in table:
            table[name] = {}
    path.write_bytes(pickle.dumps(table, pickle.HIGHEST_PROTOCOL))
