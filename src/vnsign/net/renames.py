"""Hosts that moved: a second address for one that failed. Data in ``data/renames.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from urllib.parse import urlsplit, urlunsplit


@dataclass(frozen=True, slots=True)
class Rename:
    """Where a host is now.

    Attributes:
        to: the host, with a port where it is not the scheme's own.
        scheme: how it is reached now; ``""`` leaves the scheme as it was.
    """

    to: str
    scheme: str = ""


@lru_cache(maxsize=1)
def known_renames() -> Mapping[str, Rename]:
    """The renames of the package, by old host."""
    text = (resources.files("vnsign.net") / "data" / "renames.toml").read_text("utf-8")
    return MappingProxyType({item["host"]: Rename(item["to"], item["scheme"]) for item in tomllib.loads(text)["rename"]})


def renamed(url: str, renames: Mapping[str, Rename]) -> str | None:
    """The address with the host's new name, or ``None`` where the host is not known to have moved."""
    try:
        parts = urlsplit(url)
        found = renames.get((parts.hostname or "").rstrip("."))
    except ValueError:
        return None
    if found is None:
        return None
    return urlunsplit((found.scheme or parts.scheme, found.to, parts.path, parts.query, ""))
