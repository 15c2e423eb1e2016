"""Small pieces of the report that stand in many places."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime

from lxml import etree

from vnsign.report.etsi import names
from vnsign.report.etsi.names import vr
from vnsign.report.etsi.text import clean, moment


def child(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    """A new last child in the namespace of the report, its text cleaned."""
    made = etree.SubElement(parent, vr(name), {key: clean(value) for key, value in attributes.items()})
    if text is not None:
        made.text = clean(text)
    return made


def noted(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    """A new last child in our own namespace."""
    made = etree.SubElement(parent, names.note(name), {key: clean(value) for key, value in attributes.items()})
    if text is not None:
        made.text = clean(text)
    return made


def flag(*, holds: bool) -> str:
    """``xs:boolean``."""
    return "true" if holds else "false"


def refer(parent: etree._Element, name: str, *identifiers: str) -> etree._Element:
    """A reference to validation objects."""
    return child(parent, name, VOReference=" ".join(identifiers))


def digest(parent: etree._Element, algorithm: str, value_hex: str) -> None:
    """``DigestAlgAndValue``; ``algorithm`` is the URI."""
    both = child(parent, "DigestAlgAndValue")
    etree.SubElement(both, f"{{{names.DS}}}DigestMethod", Algorithm=algorithm)
    etree.SubElement(both, f"{{{names.DS}}}DigestValue").text = b64encode(bytes.fromhex(value_hex)).decode()


def proof(parent: etree._Element, name: str, at: datetime, by: str | None) -> None:
    """A proof of existence: when, and by which validation object."""
    made = child(parent, name)
    child(made, "POETime", moment(at))
    child(made, "TypeOfProof", names.PROVED_BY_VALIDATION)
    if by is not None:
        refer(made, "POEObject", by)


def typed(parent: etree._Element, name: str, type_: str, value: str) -> None:
    """A value with its type."""
    made = child(parent, name)
    child(made, "Type", type_)
    child(made, "Value", value)


def status(parent: etree._Element, main: str, subs: Iterable[str], name: str = "SignatureValidationStatus") -> etree._Element:
    """An indication with its sub-indications, all as URIs."""
    made = child(parent, name)
    child(made, "MainIndication", main)
    for sub in subs:
        child(made, "SubIndication", sub)
    return made
