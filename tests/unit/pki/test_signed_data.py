"""CMS signatures: what is read, what is named as a fault, what never passes."""

from __future__ import annotations

import dataclasses
import hashlib
import pickle
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from tests.unit.pki.cms_factory import (
    ALGORITHM_PROTECTION,
    CONTENT,
    CONTENT_TIMESTAMP,
    CONTENT_TYPE,
    ESS_V1,
    MESSAGE_DIGEST,
    RSA_PLAIN,
    RSA_SHA256,
    RSA_SHA512,
    SIGNATURE_TIMESTAMP,
    SIGNING_TIME,
    Cms,
    attribute,
    indefinite,
    issuer_and_serial,
    oid,
    problems,
    read,
    sign_rsa,
)
from vnsign.crypto import algorithms, ber
from vnsign.crypto.ber import OCTET_STRING, SEQUENCE, SET, wrap
from vnsign.crypto.values import verify_value
from vnsign.model.certificate import Certificate
from vnsign.model.facts import CoverageScope, DigestRole, SignatureAlgorithm, TimeSource
from vnsign.model.limits import Limits
from vnsign.model.verdict import CheckStatus
from vnsign.pki.signed_data import SignedData
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa


def status(found: SignedData) -> CheckStatus:
    facts = found.facts
    assert facts.signing_certificate is not None
    assert facts.signed_value is not None
    return verify_value(facts.signing_certificate, facts.signed_value).status


def test_a_sound_signature_is_read_whole() -> None:
    cms = Cms()
    found = read(cms.build())
    facts = found.facts
    assert (found.encapsulated, found.content_type) == (CONTENT, "1.2.840.113549.1.7.1")
    assert facts.problems == ()
    assert (facts.id, facts.level, facts.coverage) == ("signature-1", "B-B", CoverageScope.UNKNOWN)
    assert facts.signing_certificate == cms.certificate
    assert facts.certificates == (cms.certificate,)
    assert facts.claimed_time == datetime(2026, 3, 2, 2, 14, 7, tzinfo=UTC)
    assert facts.claimed_time_source is TimeSource.CMS_ATTRIBUTE
    (digest,) = facts.digests
    assert (digest.name, digest.algorithm, digest.role, digest.size) == (
        "message-digest",
        "sha256",
        DigestRole.DATA,
        len(CONTENT),
    )
    assert digest.matches
    (reference,) = facts.certificate_references
    assert (reference.source, reference.digest) == ("ess-v2", hashlib.sha256(cms.certificate.der).digest())
    assert facts.signed_value is not None
    assert facts.signed_value.algorithm == SignatureAlgorithm("rsa", "sha256", "pkcs1v15", identifier="1.2.840.113549.1.1.11")
    assert status(found) is CheckStatus.PASSED
    assert pickle.loads(pickle.dumps(found)) == found


def test_detached_content_is_digested_by_the_caller() -> None:
    data = Cms(detached=True).build()
    assert read(data, content=CONTENT).facts.digests[0].matches
    assert not read(data, content=CONTENT + b"!").facts.digests[0].matches
    assert read(data).facts.digests[0].computed is None, "neither detached nor encapsulated content"


@pytest.mark.parametrize("detached", [True, False])
def test_indefinite_lengths_and_strings_in_pieces_are_read_like_der(detached: bool) -> None:
    der = Cms(detached=detached).build()
    found = read(indefinite(der), content=CONTENT if detached else None)
    assert found.facts == read(der, content=CONTENT if detached else None).facts
    assert status(found) is CheckStatus.PASSED


def test_zeros_of_a_placeholder_may_follow_and_nothing_else() -> None:
    data = Cms().build()
    assert problems(read(data + bytes(1000))) == []
    assert problems(read(data + bytes(10) + b"x")) == ["cms.trailing-data"]


def test_attributes_signed_out_of_order_verify_as_they_stand() -> None:
    cms = Cms(sort=False)
    cms.attributes = sorted(cms.default_attributes(), reverse=True)
    assert status(read(cms.build())) is CheckStatus.PASSED


def test_attributes_written_out_of_order_verify_in_der() -> None:
    cms = Cms()
    ordered = sorted(cms.default_attributes())
    cms.value = sign_rsa("citizen", wrap(SET, b"".join(ordered)))
    cms.sort, cms.attributes = False, ordered[::-1]
    assert status(read(cms.build())) is CheckStatus.PASSED


def test_rsa_encryption_takes_the_digest_of_the_signer_info() -> None:
    cms = Cms(digest="sha512", signature_algorithm=RSA_PLAIN, sign=lambda data: sign_rsa("citizen", data, hashes.SHA512()))
    found = read(cms.build())
    assert found.facts.signed_value is not None
    assert found.facts.signed_value.algorithm.digest == "sha512"
    assert status(found) is CheckStatus.PASSED
    assert problems(found) == []


def test_two_digest_algorithms_are_a_problem_whichever_was_meant() -> None:
    meant = Cms(signature_algorithm=RSA_SHA512, sign=lambda data: sign_rsa("citizen", data, hashes.SHA512()))
    slip = Cms(signature_algorithm=RSA_SHA512)
    for cms, digest in ((meant, "sha512"), (slip, "sha256")):
        found = read(cms.build())
        assert problems(found) == ["cms.digest-algorithm-mismatch"]
        assert status(found) is CheckStatus.PASSED
        assert found.facts.signed_value is not None
        assert found.facts.signed_value.algorithm.digest == digest


def test_an_rsa_algorithm_as_digest_is_understood_and_a_problem() -> None:
    data = Cms().build()
    digest = algorithms.digest_identifier_der("sha256")
    # Same length: sha256WithRSAEncryption has an OID of nine octets as well.
    replaced = data.replace(
        issuer_and_serial(Cms().certificate) + digest,
        issuer_and_serial(Cms().certificate) + RSA_SHA256[:2].replace(b"\x0d", b"\x0b") + RSA_SHA256[2:13],
    )
    assert replaced != data
    found = read(replaced)
    assert found.facts.digests[0].matches
    assert problems(found) == ["cms.malformed"]


@pytest.mark.parametrize(
    ("signer", "key", "make"),
    [
        ("citizen-p256", "ecdsa", lambda key, data: key.sign(data, ec.ECDSA(hashes.SHA256()))),
        ("citizen-p384", "ecdsa", lambda key, data: key.sign(data, ec.ECDSA(hashes.SHA256()))),
        ("citizen-ed25519", "ed25519", lambda key, data: key.sign(data)),
        (
            "citizen",
            "pss",
            lambda key, data: key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()),
        ),
    ],
)
def test_every_kind_of_key(signer: str, key: str, make: object) -> None:
    credential = TestPki.load().credential(signer)
    wanted = algorithms.for_key(
        credential.certificate.x509.public_key(), "sha256", padding="pss" if key == "pss" else None, plain_ecdsa=False
    )
    cms = Cms(
        signer=signer,
        signature_algorithm=algorithms.cms_identifier_der(wanted),
        sign=lambda data: make(credential.private_key, data),  # type: ignore[operator]
    )
    found = read(cms.build())
    assert problems(found) == []
    assert status(found) is CheckStatus.PASSED
    assert found.facts.signed_value is not None
    assert dataclasses.replace(found.facts.signed_value.algorithm, identifier="") == wanted


# --- without signed attributes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("detached", [True, False])
def test_without_attributes_the_content_itself_is_signed(detached: bool) -> None:
    data = Cms(attributes=[], detached=detached).build()
    found = read(data, content=CONTENT if detached else None)
    assert found.facts.digests[0].matches
    assert status(found) is CheckStatus.PASSED
    assert found.facts.level == ""
    assert found.facts.claimed_time is None


def test_without_attributes_other_content_fails_in_digest_and_value() -> None:
    found = read(Cms(attributes=[], detached=True).build(), content=b"another application")
    assert not found.facts.digests[0].matches
    assert status(found) is CheckStatus.FAILED


def test_without_attributes_an_edwards_value_over_absent_content_is_not_judged() -> None:
    credential = TestPki.load().credential("citizen-ed25519")
    identifier = algorithms.cms_identifier_der(SignatureAlgorithm("ed25519"))
    cms = Cms(
        signer="citizen-ed25519",
        signature_algorithm=identifier,
        attributes=[],
        detached=True,
        sign=credential.private_key.sign,  # type: ignore[union-attr,arg-type]
    )
    found = read(cms.build(), content=CONTENT)
    assert found.facts.signed_value is None or status(found) is CheckStatus.INDETERMINATE


def test_other_content_than_data_needs_attributes() -> None:
    assert "cms.signed-attributes-missing" in problems(read(Cms(attributes=[], content_type="1.2.3.4").build()))


def test_attributes_passed_off_as_content_are_named() -> None:
    body = wrap(SET, b"".join(sorted(Cms().default_attributes())))
    found = read(Cms(attributes=[], content=body).build())
    assert status(found) is CheckStatus.PASSED, "that is the trick"
    assert problems(found) == ["cms.attributes-as-content"]


# --- faults of attributes -----------------------------------------------------------------------------------------------


def _without(number: str) -> list[bytes]:
    return [item for item in Cms().default_attributes() if oid(number) not in item]


@pytest.mark.parametrize(
    ("attributes", "rules"),
    [
        (_without(MESSAGE_DIGEST), ["cms.message-digest-missing"]),
        (_without(CONTENT_TYPE), ["cms.content-type-missing"]),
        ([*_without(CONTENT_TYPE), attribute(CONTENT_TYPE, oid("1.2.3.4"))], ["cms.content-type-mismatch"]),
        (
            [*Cms().default_attributes(), attribute(MESSAGE_DIGEST, wrap(OCTET_STRING, bytes(32)))],
            ["cms.attribute-not-unique"],
        ),
        (
            [
                *_without(MESSAGE_DIGEST),
                attribute(MESSAGE_DIGEST, wrap(OCTET_STRING, bytes(32)), wrap(OCTET_STRING, bytes(31))),
            ],
            ["cms.attribute-not-unique"],
        ),
        ([*_without(SIGNING_TIME), attribute(SIGNING_TIME)], ["cms.attribute-not-unique"]),
        ([*_without(SIGNING_TIME), attribute(SIGNING_TIME, wrap(0x17, b"991332250000Z"))], ["cms.signing-time-malformed"]),
        ([*Cms().default_attributes(), attribute(ESS_V1, wrap(SEQUENCE, b""))], ["cms.malformed"]),
        (
            [
                *Cms().default_attributes(),
                attribute(
                    ALGORITHM_PROTECTION,
                    wrap(SEQUENCE, algorithms.digest_identifier_der("sha256") + b"\xa1" + RSA_SHA512[1:]),
                ),
            ],
            ["cms.algorithm-protection"],
        ),
        (
            [
                *Cms().default_attributes(),
                attribute(
                    ALGORITHM_PROTECTION,
                    wrap(SEQUENCE, algorithms.digest_identifier_der("sha256") + b"\xa1" + RSA_SHA256[1:]),
                ),
            ],
            [],
        ),
    ],
)
def test_faulty_attributes_are_named(attributes: list[bytes], rules: list[str]) -> None:
    assert problems(read(Cms(attributes=attributes).build())) == rules


def test_without_message_digest_nothing_is_covered() -> None:
    assert read(Cms(attributes=_without(MESSAGE_DIGEST)).build()).facts.digests == ()


def test_content_within_a_detached_signature_is_named() -> None:
    assert problems(read(Cms().build(), content=CONTENT)) == ["cms.encapsulated-in-detached"]


def test_an_unknown_unsigned_attribute_is_nobodys_concern() -> None:
    """VGCA's tool writes id-aa-contentReference among the unsigned attributes."""
    found = read(Cms(unsigned=[attribute("1.2.840.113549.1.9.16.2.10", wrap(SEQUENCE, b""))]).build())
    assert found.facts.problems == ()


# --- signers and certificates -------------------------------------------------------------------------------------------


def test_several_signers_are_named_and_none_as_well() -> None:
    assert problems(read(Cms(signers=2).build())) == ["cms.several-signers"]
    none = read(Cms(signers=0).build())
    assert problems(none) == ["cms.no-signer"]
    assert none.facts.certificates == (Cms().certificate,)


def test_a_certificate_that_is_not_there_is_not_found() -> None:
    other = TestPki.load().certificate("official")
    for embedded in ((), (other,)):
        found = read(Cms(certificates=embedded).build())
        assert found.facts.signing_certificate is None
        assert found.facts.certificates == embedded


def test_a_signer_may_come_from_elsewhere() -> None:
    cms = Cms(certificates=())
    found = read(cms.build(), certificates=[TestPki.load().certificate("official"), cms.certificate])
    assert found.facts.signing_certificate == cms.certificate
    assert found.facts.certificates == ()


def test_the_subject_key_identifier_leads_to_the_signer() -> None:
    from cryptography import x509

    cms = Cms()
    extension = cms.certificate.x509.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    cms.sid = wrap(0x80, extension.value.digest)
    assert read(cms.build()).facts.signing_certificate == cms.certificate
    cms.sid = wrap(0x80, bytes(20))
    assert read(cms.build()).facts.signing_certificate is None


def test_the_issuer_may_be_written_in_another_string_type_and_case() -> None:
    cms = Cms()
    sid = issuer_and_serial(cms.certificate)
    name = cms.certificate.x509.issuer.public_bytes()
    upper = name.replace(b"TEST", b"test")
    assert upper != name
    cms.sid = sid.replace(name, upper)
    assert read(cms.build()).facts.signing_certificate == cms.certificate
    cms.sid = sid.replace(name, name.replace(b"TEST", b"TOST"))
    assert read(cms.build()).facts.signing_certificate is None


def test_twins_are_told_apart_by_the_signed_reference_or_named() -> None:
    cms = Cms()
    twin = Certificate(cms.certificate.der[:-1] + bytes((cms.certificate.der[-1] ^ 1,)))
    cms.certificates = (twin, cms.certificate)
    found = read(cms.build())
    assert found.facts.signing_certificate == cms.certificate
    assert problems(found) == []
    cms.attributes = [item for item in cms.default_attributes() if b"\x10\x02\x2f" not in item]
    assert problems(read(cms.build())) == ["cms.signer-ambiguous"]


def test_the_same_certificate_twice_is_one() -> None:
    cms = Cms()
    cms.certificates = (cms.certificate, cms.certificate)
    assert problems(read(cms.build())) == []
    assert read(cms.build()).facts.certificates == (cms.certificate,)


# --- time-stamps and revocation data ------------------------------------------------------------------------------------


def _tsa() -> SimulatedTsa:
    return SimulatedTsa.of(TestPki.load(), clock=lambda: datetime(2026, 3, 2, 3, 0, tzinfo=UTC))


def test_time_stamps_are_read_with_what_they_protect() -> None:
    content_stamp = _tsa().token("sha256", hashlib.sha256(CONTENT).digest())
    cms = Cms()
    cms.attributes = [*cms.default_attributes(), attribute(CONTENT_TIMESTAMP, content_stamp)]
    value = read(cms.build()).signature_value
    stamp = _tsa().token("sha256", hashlib.sha256(value).digest())
    stray = _tsa().token("sha256", hashlib.sha256(b"other").digest())
    cms.unsigned = [attribute(SIGNATURE_TIMESTAMP, stamp), attribute(SIGNATURE_TIMESTAMP, wrap(OCTET_STRING, stray))]
    facts = read(cms.build()).facts
    assert facts.level == "B-T"
    assert [(item.id, item.imprint.matches) for item in facts.timestamps] == [
        ("content-timestamp-1", True),
        ("signature-timestamp-1", True),
        ("signature-timestamp-2", False),
    ]
    assert facts.timestamps[1].der == stamp
    assert facts.problems == ()


def test_a_broken_time_stamp_is_named_and_gives_no_level() -> None:
    facts = read(Cms(unsigned=[attribute(SIGNATURE_TIMESTAMP, wrap(SEQUENCE, b""))]).build()).facts
    assert [item.rule for item in facts.problems] == ["cms.timestamp-malformed"]
    assert (facts.level, facts.timestamps) == ("B-B", ())


def test_time_stamps_within_time_stamps_are_not_followed() -> None:
    """However deep hostile tokens are nested, one level is read."""
    token = Cms(content_type="1.2.840.113549.1.9.16.1.4", content=_tst_info()).build()
    for _ in range(40):
        cms = Cms(content_type="1.2.840.113549.1.9.16.1.4", content=_tst_info())
        cms.value = b"x"
        cms.certificates = ()
        cms.unsigned = [attribute(SIGNATURE_TIMESTAMP, token)]
        token = cms.build()
    (stamp,) = read(Cms(unsigned=[attribute(SIGNATURE_TIMESTAMP, token)]).build()).facts.timestamps
    assert stamp.token.timestamps == ()


def _tst_info() -> bytes:
    imprint = wrap(SEQUENCE, algorithms.digest_identifier_der("sha256") + wrap(OCTET_STRING, bytes(32)))
    return wrap(SEQUENCE, b"\x02\x01\x01" + oid("1.2.3") + imprint + b"\x02\x01\x05" + wrap(0x18, b"20260302021407Z"))


def test_revocation_data_are_read_wherever_they_stand() -> None:
    pki = TestPki.load()
    one, two, three = pki.crls()[:3]
    answer = pki.ocsp("citizen")
    basic = ber.children(ber.children(ber.children(ber.element(answer))[1])[0])[1]
    adobe = wrap(SEQUENCE, wrap(0xA0, wrap(SEQUENCE, one)) + wrap(0xA1, wrap(SEQUENCE, answer)))
    values = wrap(SEQUENCE, wrap(0xA0, wrap(SEQUENCE, two)) + wrap(0xA1, wrap(SEQUENCE, basic.content)))
    rfc5940 = wrap(0xA1, oid("1.3.6.1.5.5.7.16.2") + answer)
    cms = Cms(crls=three + rfc5940, unsigned=[attribute("1.2.840.113549.1.9.16.2.24", values)])
    cms.attributes = [*cms.default_attributes(), attribute("1.2.840.113583.1.1.8", adobe)]
    facts = read(cms.build()).facts
    assert set(facts.crls) == {one, two, three}
    assert facts.ocsps == (answer,), "the same answer thrice, once in each form"
    assert facts.problems == ()


def test_certificate_values_join_the_embedded_certificates() -> None:
    official = TestPki.load().certificate("official")
    cms = Cms(unsigned=[attribute("1.2.840.113549.1.9.16.2.23", wrap(SEQUENCE, official.der))])
    assert read(cms.build()).facts.certificates == (cms.certificate, official)


# --- limits and malformed bytes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        (Limits(signature_bytes=100), "signature_bytes"),
        (Limits(certificates=1), "certificates"),
        (Limits(certificate_bytes=100), "certificate_bytes"),
        (Limits(timestamps=1), "timestamps"),
        (Limits(timestamp_bytes=100), "timestamp_bytes"),
        (Limits(crl_bytes=10), "crl_bytes"),
        (Limits(ocsp_bytes=10), "ocsp_bytes"),
    ],
)
def test_every_limit_is_held_and_named(limits: Limits, what: str) -> None:
    pki = TestPki.load()
    token = _tsa().token("sha256", bytes(32))
    cms = Cms(
        certificates=pki.certificates("citizen", "public-ca"),
        crls=pki.crls()[0] + wrap(0xA1, oid("1.3.6.1.5.5.7.16.2") + pki.ocsp("citizen")),
        unsigned=[attribute(SIGNATURE_TIMESTAMP, token), attribute(SIGNATURE_TIMESTAMP, token)],
    )
    assert problems(read(cms.build())) == []
    found = read(cms.build(), limits=limits).facts
    assert {dict(item.parameters)["what"] for item in found.problems} == {what}
    assert {item.rule for item in found.problems} == {"cms.over-limit"}


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "cms.malformed"),
        (bytes(200), "cms.malformed"),
        (b"0\x80", "cms.malformed"),
        (b"0\x80" * 5000, "cms.malformed"),
        (b"\x30\x84\xff\xff\xff\xff", "cms.malformed"),
        (b"0\x80" + oid("1.2.840.113549.1.7.2") + b"\xa0\x80" + b"\x05\0" * 2_000_000 + b"\0\0\0\0", "cms.malformed"),
        (b"%PDF-1.7", "cms.malformed"),
        (wrap(SEQUENCE, oid("1.2.840.113549.1.7.3") + wrap(0xA0, b"")), "cms.not-signed-data"),
        (wrap(SEQUENCE, oid("1.2.840.113549.1.7.2")), "cms.malformed"),
    ],
)
def test_what_is_no_signature_is_said_so(data: bytes, rule: str) -> None:
    found = read(data)
    assert problems(found) == [rule]
    assert (found.facts.digests, found.facts.signed_value, found.facts.signing_certificate) == ((), None, None)
