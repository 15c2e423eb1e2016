"""Damaged files that were signed are said to be so; bytes after a CMS structure in ``Contents`` accuse nobody."""

from __future__ import annotations

import io
import re

import pytest

from vnsign import TrustStore, verify
from vnsign.errors import UnreadableDocumentError
from vnsign.formats.pdf.remains import remains
from vnsign.model.limits import Limits
from vnsign.model.verdict import Indication, SubIndication

from .reading_support import facts_of, only, plain_pdf, rules_of, signed, sound

NOBODY = TrustStore(anchors=())


def damaged(pdf: bytes) -> bytes:
    """The last cross-reference is gone; the signed update stands after a revision that can be read."""
    start = pdf.rindex(b"startxref")
    return pdf[:start] + b"startxref\n9\n%%EOF\n"


def test_a_signed_document_that_is_damaged_fails_and_is_not_called_unreadable() -> None:
    report = verify(damaged(signed(plain_pdf())), trust=NOBODY)
    (found,) = report.signatures
    assert (found.indication, found.sub_indication) == (Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE)
    assert (found.signer, found.covered, found.level) == (None, (), "")
    assert {item.rule for item in found.findings if item.decisive} >= {"pdf.later-revisions-unreadable"}


def test_a_damaged_document_that_was_never_signed_is_unreadable() -> None:
    pdf = plain_pdf()
    with pytest.raises(UnreadableDocumentError):
        facts_of(damaged(pdf + plain_pdf(extra={9: b"<</Type/Nothing>>"})))


def test_dictionaries_are_found_across_blocks_and_only_as_many_as_the_limit_allows() -> None:
    data = b"x" * (1024 * 1024 - 5) + b"/ByteRange [0 1 2 3]" + b" /ByteRange[4 " * 10
    found = remains(io.BytesIO(data), 0, Limits())
    assert [item.location for item in found][:2] == ["byte 1048571", "byte 1048592"]
    assert len(found) == 11
    assert len(remains(io.BytesIO(data), 0, Limits(signatures=3))) == 3
    assert remains(io.BytesIO(data), 1024 * 1024 + 500, Limits()) == ()


def test_other_bytes_in_the_reserved_place_are_a_warning_and_the_signature_stays_sound() -> None:
    one = signed(plain_pdf())
    zeros = list(re.finditer(rb"0{200,}>", one))[-1]
    filled = one[: zeros.end() - 41] + b"ab" * 20 + one[zeros.end() - 1 :]
    signature = only(facts_of(filled))
    assert sound(signature)
    assert rules_of(signature) == {"pdf.contents-filled"}
    (found,) = verify(filled, trust=NOBODY, policy="etsi-baseline").signatures
    assert found.indication is Indication.INDETERMINATE
    assert "pdf.contents-filled" in {item.rule for item in found.warnings}
