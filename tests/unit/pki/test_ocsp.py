"""OCSP answers: who may answer, about which certificate, for which moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asn1crypto import ocsp as plain_ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from vnsign.model.limits import Limits
from vnsign.pki.ocsp import ocsp_statement, read_ocsp
from vnsign.pki.path import PathStatus, validate_path
from vnsign.pki.revocation import RevocationData, RevocationFacts, revocation_status

from .builders import DAY, NOW, Entity, Revoked, Template, crl, issue, ocsp_answer, responder_template, root, sub_ca, usage

LIMITS = Limits()
REVOKED, UNKNOWN = ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN


def renamed(answer: bytes, signer: Entity, named: bytes) -> bytes:
    """An answer with the responderID of another one, signed again by the same key."""
    made, other = (plain_ocsp.OCSPResponse.load(item) for item in (answer, named))
    basic = made["response_bytes"]["response"].parsed
    basic["tbs_response_data"]["responder_id"] = other["response_bytes"]["response"].parsed["tbs_response_data"]["responder_id"]
    tbs = basic["tbs_response_data"].dump(force=True)
    basic["signature"] = signer.key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    made["response_bytes"]["response"] = basic
    return made.dump(force=True)


def status(leaf: Entity, issuer: Entity, *answers: bytes, crls=(), at=NOW) -> RevocationFacts:
    return revocation_status(leaf.certificate, issuer.certificate, at, RevocationData.of(crls, answers, LIMITS))


@pytest.fixture(scope="module")
def ca() -> Entity:
    return root()


@pytest.fixture(scope="module")
def leaf(ca: Entity) -> Entity:
    return issue("Leaf", ca)


@pytest.fixture(scope="module")
def responder(ca: Entity) -> Entity:
    return issue("Responder", ca, responder_template())


class TestWhoMayAnswer:
    def test_the_ca_itself(self, ca: Entity, leaf: Entity) -> None:
        found = status(leaf, ca, ocsp_answer(leaf, ca))
        assert (found.status, found.source) == ("good", "ocsp")

    def test_a_delegated_responder(self, ca: Entity, leaf: Entity, responder: Entity) -> None:
        assert status(leaf, ca, ocsp_answer(leaf, ca, responder)).status == "good"

    def test_not_a_certificate_without_the_extended_key_usage(self, ca: Entity, leaf: Entity) -> None:
        other = issue("Other", ca)
        assert status(leaf, ca, ocsp_answer(leaf, ca, other)).status == "not-had"
        any_usage = [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]), False)]
        broad = issue("Broad", ca, Template(extensions=any_usage))
        assert status(leaf, ca, ocsp_answer(leaf, ca, broad)).status == "not-had"

    def test_not_a_responder_of_another_ca(self, ca: Entity, leaf: Entity) -> None:
        foreign = issue("Responder", root(), responder_template())
        assert status(leaf, ca, ocsp_answer(leaf, ca, foreign)).status == "not-had"

    def test_not_a_responder_that_a_sub_ca_of_the_ca_delegated(self, ca: Entity, leaf: Entity) -> None:
        indirect = issue("Responder", sub_ca("Sub", ca), responder_template())
        assert status(leaf, ca, ocsp_answer(leaf, ca, indirect)).status == "not-had"

    def test_not_a_responder_that_had_expired_when_it_answered(self, ca: Entity, leaf: Entity) -> None:
        old = issue("Responder", ca, responder_template(not_after=NOW - DAY))
        assert status(leaf, ca, ocsp_answer(leaf, ca, old)).status == "not-had"

    def test_not_a_responder_whose_key_may_not_sign(self, ca: Entity, leaf: Entity) -> None:
        mute = issue("Responder", ca, responder_template(key_usage=usage(key_encipherment=True)))
        assert status(leaf, ca, ocsp_answer(leaf, ca, mute)).status == "not-had"

    def test_not_a_revoked_responder_unless_the_ca_vouches_for_it(self, ca: Entity, leaf: Entity, responder: Entity) -> None:
        eku = [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False)]
        checked = issue("Responder", ca, responder_template(extensions=eku))
        listed = crl(ca, Revoked(checked.serial, NOW - DAY), this_update=NOW - 9 * DAY, next_update=NOW - 8 * DAY)
        assert status(leaf, ca, ocsp_answer(leaf, ca, checked)).status == "good"
        assert status(leaf, ca, ocsp_answer(leaf, ca, checked), crls=[listed]).status == "stale"
        exempt = crl(ca, Revoked(responder.serial, NOW - DAY), this_update=NOW - 9 * DAY, next_update=NOW - 8 * DAY)
        assert status(leaf, ca, ocsp_answer(leaf, ca, responder), crls=[exempt]).status == "good"

    @pytest.mark.parametrize("naming", list(ocsp.OCSPResponderEncoding))
    def test_whoever_is_named_by_name_or_by_key(self, ca: Entity, leaf: Entity, responder: Entity, naming) -> None:
        assert status(leaf, ca, ocsp_answer(leaf, ca, naming=naming)).status == "good"
        assert status(leaf, ca, ocsp_answer(leaf, ca, responder, naming=naming)).status == "good"

    @pytest.mark.parametrize("naming", list(ocsp.OCSPResponderEncoding))
    def test_not_another_than_the_one_named(self, ca: Entity, leaf: Entity, responder: Entity, naming) -> None:
        other = issue("Other responder", ca, responder_template())
        for signer, named in ((responder, other), (responder, ca), (ca, other)):
            made = ocsp_answer(leaf, ca, None if signer is ca else signer, naming=naming)
            assert status(leaf, ca, renamed(made, signer, ocsp_answer(leaf, ca, named, naming=naming))).status == "not-had"
            assert status(leaf, ca, renamed(made, signer, made)).status == "good"

    def test_a_tampered_answer_says_nothing(self, ca: Entity, leaf: Entity) -> None:
        made = bytearray(ocsp_answer(leaf, ca))
        made[-1] ^= 1
        assert status(leaf, ca, bytes(made)).status == "not-had"


class TestAboutWhom:
    @pytest.mark.parametrize("digest", [hashes.SHA1(), hashes.SHA256()])
    def test_the_certificate_is_found_by_name_key_and_serial(self, ca: Entity, leaf: Entity, digest) -> None:
        assert status(leaf, ca, ocsp_answer(leaf, ca, certificate_hash=digest)).status == "good"

    def test_an_answer_about_another_serial_says_nothing(self, ca: Entity, leaf: Entity) -> None:
        assert status(leaf, ca, ocsp_answer(issue("Other", ca), ca)).status == "not-had"

    def test_an_answer_about_another_ca_of_the_same_name_says_nothing(self, ca: Entity, leaf: Entity) -> None:
        assert status(leaf, ca, ocsp_answer(leaf, ca, asked_issuer=root())).status == "not-had"


class TestWhatAnAnswerSays:
    def test_revoked_with_time_and_reason(self, ca: Entity, leaf: Entity) -> None:
        made = ocsp_answer(leaf, ca, status=REVOKED, revoked_at=NOW - 3 * DAY, reason=x509.ReasonFlags.superseded)
        found = status(leaf, ca, made)
        assert (found.status, found.revoked_at, found.reason) == ("revoked", NOW - 3 * DAY, "superseded")

    def test_on_hold(self, ca: Entity, leaf: Entity) -> None:
        made = ocsp_answer(leaf, ca, status=REVOKED, revoked_at=NOW - 3 * DAY, reason=x509.ReasonFlags.certificate_hold)
        assert status(leaf, ca, made).status == "on-hold"

    def test_revoked_after_the_moment_is_good_with_a_note(self, ca: Entity, leaf: Entity) -> None:
        made = ocsp_answer(leaf, ca, status=REVOKED, revoked_at=NOW + DAY, this_update=NOW + 2 * DAY, next_update=NOW + 3 * DAY)
        found = status(leaf, ca, made)
        assert (found.status, found.revoked_at) == ("good", NOW + DAY)

    def test_unknown_is_never_good(self, ca: Entity, leaf: Entity) -> None:
        made = ocsp_answer(leaf, ca, status=UNKNOWN)
        assert status(leaf, ca, made).status == "unknown"
        for required in (True, False):
            result = validate_path(
                leaf.certificate,
                embedded=(),
                intermediates=(),
                anchors=(ca.certificate,),
                at=NOW,
                crls=(),
                ocsps=(made,),
                revocation_required=required,
                limits=LIMITS,
            )
            assert result.status is PathStatus.REVOCATION_UNKNOWN

    def test_a_crl_may_tell_what_the_responder_does_not_know(self, ca: Entity, leaf: Entity) -> None:
        made = ocsp_answer(leaf, ca, status=UNKNOWN)
        assert status(leaf, ca, made, crls=[crl(ca)]).status == "good"

    def test_revocation_by_either_source_wins_over_good_by_the_other(self, ca: Entity, leaf: Entity) -> None:
        good, listed = ocsp_answer(leaf, ca), crl(ca, Revoked(leaf.serial, NOW - DAY))
        assert status(leaf, ca, good, crls=[listed]).status == "revoked"
        revoked = ocsp_answer(leaf, ca, status=REVOKED, revoked_at=NOW - DAY)
        assert status(leaf, ca, revoked, crls=[crl(ca)]).status == "revoked"

    def test_an_answer_that_is_no_success_says_nothing(self, ca: Entity, leaf: Entity) -> None:
        refused = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
        from cryptography.hazmat.primitives.serialization import Encoding

        assert status(leaf, ca, refused.public_bytes(Encoding.DER)).status == "not-had"


class TestFreshness:
    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (NOW, "good"),
            (NOW + DAY, "good"),
            (NOW + DAY + timedelta(seconds=1), "stale"),
            (NOW - 30 * DAY, "good"),
        ],
    )
    def test_an_answer_clears_until_its_next_update_and_for_all_time_before(self, ca, leaf, at, expected) -> None:
        assert status(leaf, ca, ocsp_answer(leaf, ca), at=at).status == expected

    def test_an_answer_without_next_update_is_good_for_a_day(self, ca: Entity, leaf: Entity) -> None:
        made = ocsp_answer(leaf, ca, next_update=None, this_update=NOW)
        assert status(leaf, ca, made, at=NOW + timedelta(hours=24)).status == "good"
        assert status(leaf, ca, made, at=NOW + timedelta(hours=25)).status == "stale"

    def test_an_answer_made_after_the_certificate_expired_does_not_clear_it(self, ca: Entity) -> None:
        expired = issue("Old", ca, Template(not_after=NOW - 30 * DAY))
        assert status(expired, ca, ocsp_answer(expired, ca), at=NOW - 60 * DAY).status == "unknown"


class TestForms:
    def test_a_basic_response_alone_is_read_too(self, ca: Entity, leaf: Entity) -> None:
        basic = plain_ocsp.OCSPResponse.load(ocsp_answer(leaf, ca))["response_bytes"]["response"].parsed.dump()
        assert status(leaf, ca, basic).status == "good"

    @given(st.binary(max_size=200))
    def test_arbitrary_bytes_are_no_answer(self, data: bytes) -> None:
        assert read_ocsp(data) is None

    @given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
    def test_an_answer_with_one_byte_changed_is_believed_only_where_nothing_signed_changed(self, where: int, flip: int) -> None:
        made = bytearray(_ANSWER)
        made[where % len(made)] ^= flip
        found = read_ocsp(bytes(made))
        said = ocsp_statement(found, _LEAF.certificate, _CA.certificate) if found else None
        assert said is None or said.said == "good"


_CA = root()
_LEAF = issue("Leaf", _CA)
_ANSWER = ocsp_answer(_LEAF, _CA)
