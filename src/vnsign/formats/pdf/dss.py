"""The document security store: certificates, CRLs, OCSP answers (ISO 32000-2, 12.8.4.3; EN 319 142-1, 5.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vnsign.formats.pdf import raw as pdf
from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits

_MOST_ITEMS = 1024
_MOST_VRI = 256


@dataclass(frozen=True, slots=True)
class SecurityStore:
    """The material of a security store, untrusted, without doubles.

    Attributes:
        left_out: how many entries were over a limit or could not be read.
    """

    certificates: tuple[Certificate, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    left_out: int = 0


def read_store(document: pdf.PdfDocument, limits: Limits, section: int | None = None, *older: int) -> SecurityStore:
    """Read the store as of a section, of the last revision where none is given, bounded by the limits.

    Whether the material belongs to any signature is not checked here.

    Args:
        document: the file.
        limits: bounds on what is taken.
        section: the section; ``None`` for the last.
        older: further sections, newest first: a later revision may replace a store instead of extending it, and what
            earlier ones held is still in the file.
    """
    sources = [source for at in (section, *older) for source in _sources(pdf.get(document.root(at), "/DSS"))]
    reader = _Collector(limits)
    kinds = ("CERTIFICATE", "CRL", "OCSP_RESPONSE")
    for column, kind in enumerate(kinds, start=1):
        for source in sources:
            reader.take(kind, _streams(pdf.get(source[0], str(source[column])) if pdf.is_dict(source[0]) else None))
    found = reader.found
    return SecurityStore(
        tuple(Certificate(der) for der in found["CERTIFICATE"]),
        tuple(found["CRL"]),
        tuple(found["OCSP_RESPONSE"]),
        reader.left_out,
    )


def _sources(dss: Any) -> list[tuple[Any, str, str, str]]:
    """The dictionaries of one store that list material, with the names of their lists."""
    if not pdf.is_dict(dss):
        return []
    vri = pdf.get(dss, "/VRI")
    names = list(vri)[:_MOST_VRI] if pdf.is_dict(vri) else []
    return [(dss, "/Certs", "/CRLs", "/OCSPs"), *((pdf.get(vri, name), "/Cert", "/CRL", "/OCSP") for name in names)]


def has_revocation_data(document: pdf.PdfDocument, section: int) -> bool:
    """Whether the store as of a section lists any CRL or OCSP answer."""
    dss = pdf.get(document.root(section), "/DSS")
    return pdf.is_dict(dss) and any(pdf.items(pdf.get(dss, key)) for key in ("/CRLs", "/OCSPs"))


class _Collector:
    def __init__(self, limits: Limits) -> None:
        # a store serves many signatures and their time-stamps: a multiple of what one signature may carry
        most = limits.certificates
        self._most = {"CERTIFICATE": most * 4, "CRL": most, "OCSP_RESPONSE": most * 4}
        self._bytes = limits.pdf_decoded_bytes
        self._seen: set[tuple[str, pdf.Ref]] = set()
        self.found: dict[str, dict[bytes, None]] = {kind: {} for kind in self._most}
        self.left_out = 0

    def take(self, kind: str, streams: Iterator[tuple[pdf.Ref | None, Any]]) -> None:
        held = self.found[kind]
        for ref, stream in streams:
            if ref is not None and (kind, ref) in self._seen:
                continue
            if ref is not None:
                self._seen.add((kind, ref))
            data = pdf.stream_bytes(stream, kind) if len(held) < self._most[kind] and self._bytes > 0 else None
            if not data:
                self.left_out += 1
                continue
            self._bytes -= len(data)
            held.setdefault(data)


def _streams(array: Any) -> Iterator[tuple[pdf.Ref | None, Any]]:
    for item in pdf.items(array)[:_MOST_ITEMS]:
        yield pdf.ref_of(item), pdf.follow(item)
