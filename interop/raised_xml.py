"""XAdES signatures with what the matrix of forms does not have: claims, counter-signatures, renewals, raised later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from interop.own import PARENT, Case
from vnsign import Evidence, SignatureLevel, XmlPlacement, sign
from vnsign.formats.xml.names import C14N_11, C14N_EXCLUSIVE
from vnsign.model.claims import Claims, Commitment
from vnsign.signing.augment import raise_level
from vnsign.signing.means import Means
from vnsign.testing.documents import declaration_xml
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

SIGNED_AT = datetime(2024, 12, 20, tzinfo=UTC)
"""``citizen-expired`` is valid until 2025-01-01."""
SOON, RENEWED_AT, LATER = SIGNED_AT + timedelta(days=2), datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 3, tzinfo=UTC)
B, T, LT, LTA = SignatureLevel.B, SignatureLevel.T, SignatureLevel.LT, SignatureLevel.LTA
CLAIMS = Claims(
    commitments=(Commitment.APPROVAL, Commitment.ORIGIN),
    city="Hà Nội",
    province="Hà Nội",
    postal_code="10000",
    country="VN",
    roles=("Giám đốc", "<Kế toán> & thủ quỹ"),
)
VARIANTS = {
    "claims": replace(XmlPlacement.xades_enveloped(signature_id="S"), claims=CLAIMS),
    "exclusive": XmlPlacement.xades_enveloped(signature_id="S", canonicalization=C14N_EXCLUSIVE),
    "enveloping-exclusive": XmlPlacement.xades_enveloping(signature_id="S", canonicalization=C14N_EXCLUSIVE),
    "c14n-1.1": XmlPlacement.xades_enveloped(signature_id="S", canonicalization=C14N_11),
    "default-namespace": replace(XmlPlacement.xades_enveloped(signature_id="S"), prefix=""),
}


@cache
def made(what: str, who: str, level: SignatureLevel) -> bytes:
    """A variant signed at a level."""
    return _signed(declaration_xml(), who, level, VARIANTS[what], SIGNED_AT)


def raised_xml() -> Iterator[Case]:
    """Every case. The material is in the documents, save where a level has none."""
    yield from _variants()
    yield from _countersigned()
    yield from _renewed()


def _variants() -> Iterator[Case]:
    for what in VARIANTS:
        for level in (B, T, LT, LTA):
            yield _case(f"xades-{what}/{level}", made(what, "citizen", level), SOON, SIGNED_AT)
    for level in (B, T, LT, LTA):
        step_by_step = raise_level(made("claims", "citizen", B), "xml", "S", to=level, means=_means(SIGNED_AT), now=SIGNED_AT)
        yield _case(f"xades-raised-later/{level}", step_by_step, SOON, SIGNED_AT)


def _countersigned() -> Iterator[Case]:
    first = made("claims", "citizen", LTA)
    for level in (B, T, LT, LTA):
        one = _signed(first, "staff", level, XmlPlacement.counter_signature("S", signature_id="C"), SIGNED_AT)
        yield _case(f"xades-counter-signed/{level}", one, SOON, SIGNED_AT)
        if level is not LTA:
            two = _signed(one, "organisation", level, XmlPlacement.counter_signature("C", signature_id="D"), SIGNED_AT)
            yield _case(f"xades-counter-signed-twice/{level}", two, SOON, SIGNED_AT)
    other = XmlPlacement.xades_detached("#data", parent=PARENT, signature_id="T")
    beside = _signed(
        _signed(declaration_xml(), "citizen", LTA, replace(other, signature_id="S"), SIGNED_AT), "staff", LTA, other, SIGNED_AT
    )
    yield _case("xades-two-signers/LTA", beside, SOON, SIGNED_AT)


def _renewed() -> Iterator[Case]:
    """The signer's certificate has expired when the archive time-stamp is renewed."""
    for who in ("citizen", "citizen-expired"):
        first = made("claims", who, LTA)
        second = raise_level(first, "xml", "S", to=LTA, means=_means(RENEWED_AT), now=RENEWED_AT)
        yield _case(f"xades-renewed/{who}", second, LATER, RENEWED_AT)


def _case(name: str, document: bytes, at: datetime, evidence_at: datetime) -> Case:
    offline = name.endswith(("LT", "LTA"))
    evidence = Evidence() if offline else Evidence(crls=_crls(evidence_at + timedelta(days=1)))
    return Case(name, document, TestPki.load().trust_store(), evidence, at)


def _signed(document: bytes, who: str, level: SignatureLevel, placement: XmlPlacement, at: datetime) -> bytes:
    pki, means = TestPki.load(), _means(at)
    return sign(
        document,
        pki.signer(who),
        level=level,
        timestamps=means.timestamps,
        trust=means.trust,
        evidence=means.evidence,
        placement=placement,
        at=at,
    ).data


def _means(at: datetime) -> Means:
    pki = TestPki.load()
    return Means(timestamps=SimulatedTsa.of(pki, clock=lambda: at), trust=pki.trust_store(), evidence=Evidence(crls=_crls(at)))


def _crls(at: datetime) -> tuple[bytes, ...]:
    pki = TestPki.load()
    return tuple(pki.crl(name, this_update=at) for name in ("public-root", "public-ca"))
