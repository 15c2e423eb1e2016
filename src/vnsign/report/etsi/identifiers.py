"""Identifiers of what stands in one report: XML identifiers, so neither our ids nor names of fields."""

from __future__ import annotations

DOCUMENT = "document"


def of_signature(number: int) -> str:
    """The signature at a position of the report, from 1."""
    return f"S-{number}"


def of_certificate(sha256: str) -> str:
    """A certificate."""
    return f"C-{sha256}"


def of_data(number: int, place: int) -> str:
    """One piece of data that a signature covers; both from 1."""
    return f"D-{number}-{place}"


def of_timestamp(number: int, place: int) -> str:
    """A time-stamp of a signature, both from 1; a document time-stamp or evidence record is at place 0 of itself."""
    return f"T-{number}-{place}" if place else f"T-{number}"
