"""Documents of our own for other programs: forms, levels, keys, algorithms, and the situations that a verifier must know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from vnsign import Evidence, SignatureLevel, TrustStore, XmlPlacement, sign
from vnsign.model.moment import utc
from vnsign.testing.documents import application_pdf, declaration_xml
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa
from vnsign.trust.store import TrustFamily

SIGNED_AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
NOW = SIGNED_AT + timedelta(days=30)
LONG_AGO = datetime(2024, 12, 31, tzinfo=UTC)
"""A day before ``citizen-expired`` expired."""
PARENT = "/ToKhai/ChuKySo"
B, T = SignatureLevel.B, SignatureLevel.T
KEYS = (
    *("citizen", "citizen-rsa3072", "citizen-p256", "citizen-p384", "citizen-ed25519"),
    *("staff", "organisation", "official", "agency"),
)
RSA_KEYS = ("citizen", "citizen-rsa3072", "agency")
PLACEMENTS = {
    "xades": XmlPlacement.xades_enveloped(),
    "xades-enveloping": XmlPlacement.xades_enveloping(),
    "xades-detached": XmlPlacement.xades_detached("#data", parent=PARENT),
    "xmldsig": XmlPlacement.invoice_seller("#data", parent=PARENT),
}
FORMS = ("pdf", *PLACEMENTS)
STAMPED = ("pdf", "xades", "xades-enveloping", "xades-detached")


@dataclass(frozen=True, slots=True)
class Case:
    """One document with everything that its verdict depends on.

    Attributes:
        name: ``form/level/what``.
        document: the signed bytes.
        trust: anchors; the same certificates are trusted in the other program.
        evidence: CRLs and OCSP answers.
        at: validation time.
        external: detached data by name.
    """

    name: str
    document: bytes = field(repr=False)
    trust: TrustStore = field(repr=False)
    evidence: Evidence = field(repr=False)
    at: datetime = NOW
    external: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@cache
def signed(
    form: str,
    who: str = "citizen",
    level: SignatureLevel = B,
    at: datetime = SIGNED_AT,
    padding: str = "pkcs1v15",
    digest: str = "sha256",
) -> bytes:
    """A sample document signed by a holder of the test PKI."""
    pki = TestPki.load()
    family = "government" if who in ("official", "agency") else "public"
    stamps = SimulatedTsa.of(pki, family=family, clock=lambda: utc(at)) if level is T else None
    document = application_pdf() if form == "pdf" else declaration_xml()
    return sign(
        document,
        pki.signer(who),
        level=level,
        timestamps=stamps,
        at=at,
        padding=padding,
        digest=digest,
        placement=PLACEMENTS.get(form),
    ).data


def cases() -> list[Case]:
    """All cases, names unique."""
    found = [*_good(), *_tampered(), *_revoked(), *_expired(), *_without()]
    if len({case.name for case in found}) != len(found):
        raise ValueError("two cases have one name")
    return found


def levels(form: str) -> tuple[SignatureLevel, ...]:
    """The levels that a form is signed at."""
    return (B, T) if form in STAMPED else (B,)


def _good() -> Iterator[Case]:
    pki = TestPki.load()
    trust, evidence = pki.trust_store(), Evidence(crls=pki.crls())
    for form in FORMS:
        for level in levels(form):
            for who in KEYS:
                yield Case(f"{form}/{level}/{who}", signed(form, who, level), trust, evidence)
    for form in FORMS:
        for who in RSA_KEYS:
            yield Case(f"{form}/B/{who}-pss", signed(form, who, padding="pss"), trust, evidence)
        for digest in ("sha384", "sha512"):
            yield Case(f"{form}/B/citizen-{digest}", signed(form, digest=digest), trust, evidence)
            yield Case(f"{form}/B/citizen-p384-{digest}", signed(form, "citizen-p384", digest=digest), trust, evidence)
    twice = sign(signed("pdf"), pki.signer("agency"), at=SIGNED_AT + timedelta(hours=1)).data
    yield Case("pdf/B/citizen-then-agency", twice, trust, evidence)
    answered = Evidence(crls=pki.crls(), ocsps=(pki.ocsp("citizen", at=NOW - timedelta(days=1)),))
    for form in FORMS:
        yield Case(f"{form}/B/ocsp", signed(form), trust, answered)


def _tampered() -> Iterator[Case]:
    pki = TestPki.load()
    trust, evidence = pki.trust_store(), Evidence(crls=pki.crls())
    for form in FORMS:
        for level in levels(form):
            data = signed(form, level=level)
            yield Case(f"{form}/{level}/content-changed", _content_changed(form, data), trust, evidence)
            yield Case(f"{form}/{level}/value-changed", _value_changed(form, data), trust, evidence)
    appended = signed("pdf") + b"\n% appended\n"
    yield Case("pdf/B/bytes-appended", appended, trust, evidence)
    for who in ("citizen-p256", "citizen-ed25519"):
        for form in FORMS:
            yield Case(f"{form}/B/{who}-content-changed", _content_changed(form, signed(form, who)), trust, evidence)


def _content_changed(form: str, data: bytes) -> bytes:
    if form == "pdf":
        place = data.index(b"stream") + 9
        return data[:place] + bytes((data[place] ^ 1,)) + data[place + 1 :]
    before, separator, after = data.partition(b"000000000001")
    if not separator:
        raise ValueError("the declaration lacks the citizen's number")
    return before + b"000000000009" + after


def _value_changed(form: str, data: bytes) -> bytes:
    if form == "pdf":
        # The value is the last thing of a CMS without time-stamp; with one, a digit in the middle of the signer's value.
        value = _pdf_value(data).hex().encode()
        place = data.lower().index(value) + 40
    else:
        place = data.index(b">", data.index(b"SignatureValue")) + 40
        while data[place] in b"\r\n+/=":
            place += 1
    other = b"1" if data[place : place + 1] != b"1" else b"2"
    return data[:place] + other + data[place + 1 :]


def _pdf_value(data: bytes) -> bytes:
    from asn1crypto import cms

    start = data.index(b"/Contents <") + len(b"/Contents <")
    octets = bytes.fromhex(data[start : data.index(b">", start)].decode())
    return bytes(cms.ContentInfo.load(octets)["content"]["signer_infos"][0]["signature"].native)


def _crls(moment: datetime, **revoked: object) -> Evidence:
    pki = TestPki.load()
    others = [pki.crl(name, this_update=moment) for name in ("public-root", "government-root", "government-ca")]
    return Evidence(crls=(*others, pki.crl("public-ca", this_update=moment, **revoked)))  # type: ignore[arg-type] # by name


def _revoked() -> Iterator[Case]:
    trust, day = TestPki.load().trust_store(), timedelta(days=1)
    for form in FORMS:
        for level in levels(form):
            for word, when in (("before", SIGNED_AT - 5 * day), ("after", SIGNED_AT + 5 * day)):
                evidence = _crls(NOW - day, revoked=("citizen",), revoked_at=when)
                yield Case(f"{form}/{level}/revoked-{word}-signing", signed(form, level=level), trust, evidence)


def _expired() -> Iterator[Case]:
    pki = TestPki.load()
    trust, later, evidence = pki.trust_store(), datetime(2026, 6, 1, tzinfo=UTC), Evidence(crls=pki.crls())
    then = Evidence(crls=(*(pki.crl(name, this_update=LONG_AGO) for name in ("public-root", "public-ca")), *evidence.crls))
    revoking = pki.crl("public-ca", this_update=LONG_AGO, revoked=("citizen-expired",), revoked_at=LONG_AGO - timedelta(days=5))
    revoked = Evidence(crls=(pki.crl("public-root", this_update=LONG_AGO), revoking, *evidence.crls))
    for form in FORMS:
        for level in levels(form):
            data = signed(form, "citizen-expired", level, LONG_AGO)
            yield Case(f"{form}/{level}/expired", data, trust, evidence, later)
            yield Case(f"{form}/{level}/expired-with-crl-of-then", data, trust, then, later)
            yield Case(f"{form}/{level}/revoked-then-expired", data, trust, revoked, later)
            yield Case(f"{form}/{level}/expired-with-crl-of-then-alone", data, trust, Evidence(crls=then.crls[:2]), later)


def _without() -> Iterator[Case]:
    pki = TestPki.load()
    trust, evidence = pki.trust_store(), Evidence(crls=pki.crls())
    stranger = TrustStore.of(pki.certificate("stranger-root"), family=TrustFamily.OWN)
    stale = _crls(SIGNED_AT)
    for form in FORMS:
        for level in levels(form):
            data = signed(form, level=level)
            yield Case(f"{form}/{level}/no-revocation-data", data, trust, Evidence())
            yield Case(f"{form}/{level}/nobody-trusted", data, stranger, evidence)
            yield Case(f"{form}/{level}/old-crl", data, trust, stale, SIGNED_AT + timedelta(days=60))
        yield Case(f"{form}/B/signer-of-strangers", signed(form, "stranger"), trust, evidence)
        early = signed(form, "citizen-not-yet-valid", at=datetime(2041, 1, 1, tzinfo=UTC))
        yield Case(f"{form}/B/before-validity", early, trust, evidence)
