"""A signed dossier of the test PKI: application and declaration by a citizen, result by an official and an agency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vnsign.errors import ConfigurationError
from vnsign.testing import documents
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import Clock, SimulatedTsa, system_clock

if TYPE_CHECKING:
    from vnsign.formats.xml.placement import XmlPlacement
    from vnsign.signing.signer import KeySigner

_COPIES = (b"cap 02 ban sao", b"cap 92 ban sao")


@dataclass(frozen=True, slots=True)
class Dossier:
    """Signed documents.

    Attributes:
        application: PDF, signed by the citizen (public), level B-T.
        declaration: XML, signed by the citizen with XAdES (public), level B-T.
        result: PDF, signed by the official, then by the agency (civil service), level B-T.
    """

    application: bytes
    declaration: bytes
    result: bytes

    @property
    def tampered(self) -> bytes:
        """The application with one byte of the page changed: 02 copies have become 92."""
        return change_once(self.application, *_COPIES)


def sign_dossier(pki: TestPki, *, clock: Clock = system_clock) -> Dossier:
    """Sign the sample documents; RSASSA-PSS, each time-stamped by the authority of its family.

    Args:
        pki: the test PKI.
        clock: what time it is, for the signatures and for the authorities.

    Raises:
        SigningError: something of the signing side does not work.
    """
    from vnsign.formats.xml.placement import XmlPlacement

    citizen, official, agency = pki.signer("citizen"), pki.signer("official"), pki.signer("agency")
    public = SimulatedTsa.of(pki, family="public", clock=clock)
    government = SimulatedTsa.of(pki, family="government", clock=clock)
    place = XmlPlacement.xades_enveloped(parent="/ToKhai/ChuKySo")
    by_official = _sign(documents.result_pdf(), official, government, clock)
    return Dossier(
        application=_sign(documents.application_pdf(), citizen, public, clock),
        declaration=_sign(documents.declaration_xml(), citizen, public, clock, place),
        result=_sign(by_official, agency, government, clock),
    )


def _sign(document: bytes, signer: KeySigner, tsa: SimulatedTsa, clock: Clock, placement: XmlPlacement | None = None) -> bytes:
    from vnsign._sign import sign
    from vnsign.signing.profile import Padding, SignatureLevel

    at = clock().replace(microsecond=0)  # a token's time has whole seconds and is not to lie before the claimed one
    level, padding = SignatureLevel.T, Padding.PSS  # what the rules in force ask of RSA
    return sign(document, signer, level=level, timestamps=tsa, padding=padding, at=at, placement=placement).data


def change_once(document: bytes, old: bytes, new: bytes) -> bytes:
    """Replace bytes that occur exactly once by as many others, to tamper with a document.

    Raises:
        ConfigurationError: they do not occur exactly once, or the lengths differ, so that more than the bytes would change.
    """
    if document.count(old) != 1 or len(old) != len(new):
        raise ConfigurationError(f"{old!r} occurs {document.count(old)} times; exactly one of the same length is replaced")
    return document.replace(old, new)
