"""XAdES: properties count only where the signature covers them, and only its own."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from asn1crypto import x509 as asn1_x509
from asn1crypto.tsp import IssuerSerial

from tests.unit.formats.xml.builder import (
    DS,
    ENVELOPED,
    EXCLUSIVE,
    SHA256,
    XADES,
    b64,
    certificate,
    one,
    read,
    reference,
    rules,
    signature,
    sound,
)
from vnsign.model.facts import DigestRole, SignatureFormat, SignatureKind, TimeSource, TimestampKind
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

TYPE = ' Type="http://uri.etsi.org/01903#SignedProperties"'
DOCUMENT = b"<doc></doc>"
DIGEST = b64(hashlib.sha256(certificate()).digest())


def issuer_serial() -> str:
    parsed = asn1_x509.Certificate.load(certificate())
    names = [asn1_x509.GeneralName("directory_name", parsed.issuer)]
    return b64(IssuerSerial({"issuer": names, "serial_number": parsed.serial_number}).dump())


def v2(digest: str = DIGEST, serial: str | None = None) -> str:
    return (
        f'<x:SigningCertificateV2><x:Cert><x:CertDigest><DigestMethod xmlns="{DS}" Algorithm="{SHA256}"></DigestMethod>'
        f'<DigestValue xmlns="{DS}">{digest}</DigestValue></x:CertDigest>'
        f"<x:IssuerSerialV2>{serial or issuer_serial()}</x:IssuerSerialV2></x:Cert></x:SigningCertificateV2>"
    )


def v1() -> str:
    return (
        f'<x:SigningCertificate><x:Cert><x:CertDigest><DigestMethod xmlns="{DS}" Algorithm="{SHA256}"></DigestMethod>'
        f'<DigestValue xmlns="{DS}">{DIGEST}</DigestValue></x:CertDigest>'
        f'<x:IssuerSerial><X509IssuerName xmlns="{DS}">CN=any</X509IssuerName>'
        f'<X509SerialNumber xmlns="{DS}">18</X509SerialNumber></x:IssuerSerial></x:Cert></x:SigningCertificate>'
    )


def signed_properties(inside: str, identifier: str = "P") -> str:
    return (
        f'<x:SignedProperties xmlns:x="{XADES}" Id="{identifier}"><x:SignedSignatureProperties>{inside}'
        "</x:SignedSignatureProperties></x:SignedProperties>"
    )


def canonical(properties: str) -> bytes:
    """In the context of the signature the default namespace is that of XMLDSig already."""
    inner = properties.replace(f' xmlns="{DS}"', "")
    return inner.replace("<x:SignedProperties ", f'<x:SignedProperties xmlns="{DS}" ', 1).encode()


def holder(properties: str, unsigned: str = "", target: str = "#S") -> str:
    start = f'<x:QualifyingProperties xmlns:x="{XADES}" Target="{target}">'
    return f"<Object>{start}{properties}{unsigned}</x:QualifyingProperties></Object>"


TIME = "<x:SigningTime>2026-03-02T09:14:07+07:00</x:SigningTime>"


def xades(inside: str = TIME + v2(), *, unsigned: str = "", target: str = "#S", **more: str) -> str:
    properties = signed_properties(inside)
    made = [reference("", DOCUMENT, ENVELOPED), reference("#P", canonical(properties), attributes=TYPE)]
    return f"<doc>{signature(*made, objects=holder(properties, unsigned, target), **more)}</doc>"


def test_a_baseline_signature() -> None:
    facts = one(xades())
    assert sound(facts)
    assert (facts.format, facts.level, facts.problems) == (SignatureFormat.XADES, "B-B", ())
    assert facts.claimed_time == datetime(2026, 3, 2, 2, 14, 7, tzinfo=UTC)
    assert (facts.claimed_time_source, facts.claimed_time_zone_assumed) == (TimeSource.XADES, False)
    assert [item.role for item in facts.digests] == [DigestRole.DATA, DigestRole.SIGNED_PROPERTIES]
    (found,) = facts.certificate_references
    assert (found.source, found.digest_algorithm) == ("xades-v2", "sha256")
    assert found.digest == hashlib.sha256(certificate()).digest()
    assert found.issuer_name == asn1_x509.Certificate.load(certificate()).issuer.dump()
    assert found.serial_number == 7 + len("TEST signer")


def test_the_first_version_of_the_certificate_reference_is_read() -> None:
    (found,) = one(xades(TIME + v1())).certificate_references
    assert (found.source, found.serial_number, found.issuer_name) == ("xades-v1", 18, None)


@pytest.mark.parametrize("namespace", ["http://uri.etsi.org/01903/v1.1.1#", "http://uri.etsi.org/01903/v1.2.2#"])
def test_older_namespaces_are_read(namespace: str) -> None:
    made = xades().replace(XADES, namespace)
    facts = one(made)
    assert facts.format is SignatureFormat.XADES
    assert facts.claimed_time is not None


def test_properties_that_no_reference_covers_are_not_used() -> None:
    made = signature(reference("", DOCUMENT, ENVELOPED), objects=holder(signed_properties(TIME + v2())))
    facts = one(f"<doc>{made}</doc>")
    assert sound(facts)
    assert rules(facts) == ["xml.signed-properties-unreferenced"]
    assert (facts.format, facts.claimed_time, facts.certificate_references) == (SignatureFormat.XMLDSIG, None, ())


def test_the_properties_of_another_signature_are_not_used() -> None:
    properties = signed_properties(TIME + v2())
    first = signature(
        reference("", DOCUMENT, ENVELOPED), reference("#P", canonical(properties), attributes=TYPE), objects="", identifier="A"
    )
    other = signature(reference("", DOCUMENT, ENVELOPED), objects=holder(properties, target="#B"), identifier="B")
    facts = {item.id: item for item in read(f"<doc>{first}{other}</doc>").signatures}
    assert "xml.signed-properties-misplaced" in rules(facts["A"])
    assert facts["A"].format is SignatureFormat.XMLDSIG
    assert facts["A"].claimed_time is None
    assert "xml.signed-properties-unreferenced" in rules(facts["B"])


def test_properties_of_the_right_type_that_lead_elsewhere_are_named() -> None:
    made = signature(
        reference("", DOCUMENT, ENVELOPED),
        reference("#K", f'<KeyName xmlns="{DS}" Id="K">k</KeyName>'.encode(), attributes=TYPE),
        keys='<KeyInfo><KeyName Id="K">k</KeyName></KeyInfo>',
    )
    assert "xml.signed-properties-misplaced" in rules(one(f"<doc>{made}</doc>"))


def test_two_qualifying_properties_are_named() -> None:
    properties = signed_properties(TIME + v2())
    spoof = holder(signed_properties("<x:SigningTime>2020-01-01T00:00:00Z</x:SigningTime>", "Q"))
    made = signature(
        reference("", DOCUMENT, ENVELOPED),
        reference("#P", canonical(properties), attributes=TYPE),
        objects=spoof + holder(properties),
    )
    facts = one(f"<doc>{made}</doc>")
    assert "xml.qualifying-properties" in rules(facts)
    assert facts.claimed_time == datetime(2026, 3, 2, 2, 14, 7, tzinfo=UTC)


@pytest.mark.parametrize("target", ["#other", "", "other"])
def test_the_target_must_be_the_signature(target: str) -> None:
    assert rules(one(xades(target=target))) == ["xml.qualifying-properties-target"]


def test_only_properties_and_no_data_is_no_signature_over_a_document() -> None:
    properties = signed_properties(TIME + v2())
    made = signature(reference("#P", canonical(properties), attributes=TYPE), objects=holder(properties))
    facts = one(f"<doc>{made}</doc>")
    assert "xml.covers-no-data" in rules(facts)
    assert facts.coverage.value == "nothing"


@pytest.mark.parametrize("serial", ["AAAA", b64(b"\x30\x80"), "not base64!"])
def test_a_reference_that_cannot_be_read_is_named(serial: str) -> None:
    facts = one(xades(TIME + v2(serial=serial)))
    assert rules(facts)
    assert facts.certificate_references == ()


def test_a_missing_or_odd_signing_time() -> None:
    assert one(xades(v2())).claimed_time is None
    odd = one(xades("<x:SigningTime>yesterday</x:SigningTime>" + v2()))
    assert rules(odd) == ["xml.qualifying-properties"]
    local = one(xades("<x:SigningTime>2026-03-02T09:14:07</x:SigningTime>" + v2()))
    assert local.claimed_time == datetime(2026, 3, 2, 2, 14, 7, tzinfo=UTC)
    assert local.claimed_time_zone_assumed


# --- unsigned properties ------------------------------------------------------------------------------------------


def unsigned(inside: str) -> str:
    return (
        f"<x:UnsignedProperties><x:UnsignedSignatureProperties>{inside}</x:UnsignedSignatureProperties></x:UnsignedProperties>"
    )


def stamped(token: bytes, more: str = "", method: str = "") -> str:
    encapsulated = f"<x:EncapsulatedTimeStamp>{b64(token)}</x:EncapsulatedTimeStamp>"
    return unsigned(f"<x:SignatureTimeStamp>{method}{encapsulated}</x:SignatureTimeStamp>{more}")


def value_octets(document: str) -> bytes:
    value = document.split("<SignatureValue>")[1].split("</SignatureValue>")[0]
    return f'<SignatureValue xmlns="{DS}">{value}</SignatureValue>'.encode()


@pytest.fixture(scope="module")
def tsa() -> SimulatedTsa:
    return SimulatedTsa.of(TestPki.load())


@pytest.mark.parametrize("method", ["", f'<CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'])
def test_a_signature_timestamp_protects_the_canonical_signature_value(tsa: SimulatedTsa, method: str) -> None:
    token = tsa.token("sha256", hashlib.sha256(value_octets(xades())).digest())
    facts = one(xades(unsigned=stamped(token, method=method)))
    (stamp,) = facts.timestamps
    assert facts.level == "B-T"
    assert (stamp.id, stamp.kind) == ("signature-timestamp-1", TimestampKind.SIGNATURE)
    assert stamp.imprint.matches
    other = one(xades(unsigned=stamped(tsa.token("sha256", b"\0" * 32))))
    assert not other.timestamps[0].imprint.matches


def test_a_timestamp_that_is_no_token_is_named() -> None:
    facts = one(xades(unsigned=stamped(b"no token")))
    assert rules(facts) == ["xml.timestamp-malformed"]
    assert facts.timestamps == ()


def test_values_for_validation_are_collected(tsa: SimulatedTsa) -> None:
    token = tsa.token("sha256", hashlib.sha256(value_octets(xades())).digest())
    more = (
        f"<x:CertificateValues><x:EncapsulatedX509Certificate>{b64(certificate('TEST other'))}</x:EncapsulatedX509Certificate>"
        f"</x:CertificateValues><x:RevocationValues><x:CRLValues><x:EncapsulatedCRLValue>{b64(b'crl')}</x:EncapsulatedCRLValue>"
        f"</x:CRLValues><x:OCSPValues><x:EncapsulatedOCSPValue>{b64(b'ocsp')}</x:EncapsulatedOCSPValue></x:OCSPValues>"
        "</x:RevocationValues>"
    )
    facts = one(xades(unsigned=stamped(token, more)))
    assert facts.level == "B-T", "values that speak of no certificate make no level"
    assert certificate("TEST other") in [item.der for item in facts.certificates]
    assert (facts.crls, facts.ocsps) == ((b"crl",), (b"ocsp",))
    assert sound(facts)


def test_a_counter_signature_is_listed_as_one() -> None:
    kind = ' Type="http://uri.etsi.org/01903#CountersignedSignature"'
    inner = signature(reference("#V", b"", attributes=kind), identifier="C")
    document = xades(unsigned=unsigned(f"<x:CounterSignature>{inner}</x:CounterSignature>"))
    facts = {item.id: item for item in read(document).signatures}
    assert facts["S"].kind is SignatureKind.SIGNATURE
    assert facts["C"].kind is SignatureKind.COUNTER_SIGNATURE
