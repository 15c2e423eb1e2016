"""No attack on a signed XML document passes, although its signer is trusted and the octets that were signed are all there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.hostile import xml_attacks
from vnsign import Verifier, signed_data
from vnsign.model.report import DocumentReport
from vnsign.model.verdict import CheckStatus, Indication
from vnsign.testing.pki import TestPki

JUDGED_AT = xml_attacks.SIGNED_AT + timedelta(days=1)

NAMES = {
    "xsw1": {"xml.structure"},
    "xsw2": {"xml.wrapping-suspected"},
    "xsw3": {"xml.unsigned-twin"},
    "xsw4": {"xml.unsigned-twin", "xml.wrapping-suspected"},
    "xsw5": {"xml.unsigned-twin", "xml.wrapping-suspected"},
    "xsw6": {"xml.structure"},
    "xsw7": {"xml.unsigned-twin"},
    "xsw8": {"xml.wrapping-suspected"},
    "duplicate-id": {"xml.duplicate-id"},
    "two-signed-infos": {"xml.structure"},
    "comment-in-digest": {"xml.comment-in-signature"},
    "comment-in-signature": {"xml.comment-in-signature"},
    "instruction-in-digest": {"xml.comment-in-signature"},
    "comment-in-a-name": {"xml.comment-in-text"},
    "instruction-in-a-name": {"crypto.digests-match"},
    "transform-base64-loop": {"xml.limit"},
    "transform": {"xml.transform-unsupported"},
    "external": {"crypto.data-found"},
    "thousand-references": {"xml.limit"},
    "hmac": {"xml.hmac"},
    "canonicalisation": {"xml.canonicalisation-failed"},
    "properties-of-another": {"xml.qualifying-properties"},
}
"""By the beginning of an attack's name (the part after the kind of document for the wrappings): what names it."""

UNREADABLE = {"depth-bomb": "XML_NOT_WELL_FORMED", "depth-just-over": "LIMIT_EXCEEDED", "entity": "XML_DOCTYPE"}


def judge(data: bytes) -> DocumentReport:
    pki = TestPki.load()
    return Verifier(pki.trust_store(), evidence=pki.evidence()).report(data, at=JUDGED_AT)


def decisive(report: DocumentReport) -> set[str]:
    return {item.rule for signature in report.signatures for item in signature.findings if item.decisive}


@pytest.mark.parametrize("kind", xml_attacks.KINDS)
def test_the_document_passes_before_it_is_attacked(kind: str) -> None:
    assert judge(xml_attacks.good(kind)).indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("name", xml_attacks.WRAPPINGS)
def test_signature_wrapping(name: str) -> None:
    report = judge(xml_attacks.WRAPPINGS[name]())
    assert report.indication is not Indication.TOTAL_PASSED
    assert decisive(report) & NAMES[name.rpartition("-")[2]]


@pytest.mark.parametrize("name", [item for item in xml_attacks.WRAPPINGS if "xsw1" not in item and "xsw6" not in item])
def test_what_is_handed_out_of_a_wrapped_document_is_what_was_signed(name: str) -> None:
    """The mathematics hold in these: a caller that reads the verified octets is safe even without the verdict."""
    document = xml_attacks.WRAPPINGS[name]()
    report = judge(document)
    (signature,) = report.signatures
    assert (signature.integrity, signature.signature_value) == (CheckStatus.PASSED, CheckStatus.PASSED)
    handed_out = b"".join(item.data for item in signed_data(document, report, signature.id))
    kind = xml_attacks.KINDS[name.partition("-")[0]]
    assert kind.honest in handed_out
    assert kind.evil not in handed_out


@pytest.mark.parametrize("name", [item for item in xml_attacks.OTHERS if not item.startswith(tuple(UNREADABLE))])
def test_other_manipulations(name: str) -> None:
    report = judge(xml_attacks.OTHERS[name]())
    assert report.error is None
    assert report.indication is not Indication.TOTAL_PASSED
    meant = next(rules for start, rules in NAMES.items() if name.startswith(start))
    assert decisive(report) & meant


@pytest.mark.parametrize("name", [item for item in xml_attacks.OTHERS if item.startswith(tuple(UNREADABLE))])
def test_bombs_are_refused_before_they_go_off(name: str) -> None:
    report = judge(xml_attacks.OTHERS[name]())
    assert report.error is not None
    assert report.error.code == next(code for start, code in UNREADABLE.items() if name.startswith(start))
