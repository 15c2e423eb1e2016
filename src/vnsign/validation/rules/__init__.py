"""The registered rules, one module a topic."""

from __future__ import annotations

from importlib import import_module

TOPICS = (
    *("pdf", "xml", "cms", "asic", "identity", "chain", "crypto", "algorithms", "times"),
    *("signature_policy", "vietnam", "vietnam_display", "vietnam_document"),
)
"""Modules of this package that register rules when imported."""


def load() -> None:
    """Import every topic, once."""
    for topic in TOPICS:
        import_module(f"vnsign.validation.rules.{topic}")
