"""How the settings are called in the environment, and what is said of each."""

from __future__ import annotations

import dataclasses
import difflib
import re
from typing import Any

from village.settings.model import AcmeSettings, LimitSettings, Settings, SiteSettings, TlsSettings

# environment name → (section, field); VILLAGE_SOURCE and its like describe the one site of a container.
ENVIRONMENT = {
    **{f"VILLAGE_{f.name.upper()}": ("site", f.name) for f in dataclasses.fields(SiteSettings)},
    **{f"VILLAGE_TLS_{f.name.upper()}": ("tls", f.name) for f in dataclasses.fields(TlsSettings)},
    **{f"VILLAGE_ACME_{f.name.upper()}": ("acme", f.name) for f in dataclasses.fields(AcmeSettings)},
    **{f"VILLAGE_LIMIT_{f.name.upper()}": ("limits", f.name) for f in dataclasses.fields(LimitSettings)},
    **{
        f"VILLAGE_{f.name.upper()}": ("", f.name)
        for f in dataclasses.fields(Settings)
        if f.name not in {"sites", "tls", "acme", "limits"}
    },
    "VILLAGE_TLS": ("tls", "mode"),
}
ALIASES = {"VILLAGE_CONFIG"}
SERVICE_LINK = re.compile(
    r"VILLAGE_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)


def is_service_link(name: str, value: str) -> bool:
    """Kubernetes, and Docker's links, describe a service named "village" to every container beside it."""
    return SERVICE_LINK.fullmatch(name) is not None or (name.endswith("_PORT") and "://" in value)


def suggestion(name: str, *, lower: bool = False) -> str:
    """The nearest known name, as a hint."""
    near = difflib.get_close_matches(name, ENVIRONMENT, n=1)
    if not near:
        return "see `village run --help` for every setting"
    return f"did you mean {near[0].removeprefix('VILLAGE_').lower() if lower else near[0]}?"


def described() -> list[tuple[str, str]]:
    """(environment name, help with the default) of every setting, in the order of the fields."""
    holders = {"site": SiteSettings, "": Settings, "tls": TlsSettings, "acme": AcmeSettings, "limits": LimitSettings}
    rows = []
    for name, (section, key) in ENVIRONMENT.items():
        field_of = {each.name: each for each in dataclasses.fields(holders[section])}[key]
        default = field_of.default
        shown = default_words(default)
        rows.append((name, field_of.metadata["help"] + (f" [{shown}]" if shown else "")))
    return rows


def default_words(default: Any) -> str:
    """A default as one would write it; "" for none."""
    if isinstance(default, tuple):
        return ",".join(default)
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, float):
        return f"{default:g}"
    return "" if default is None else str(default)
