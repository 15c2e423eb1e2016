"""A report that the agency signed: whole, certified, time-stamped on request, and still fit to be kept for years."""

from __future__ import annotations

import io
from datetime import timedelta
from functools import cache

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm

import vnsign
from tests.screens import cases
from tests.unit.signing.appearance.support import serif
from vnsign.formats.pdf.placement import PdfPlacement
from vnsign.model.report import DocumentReport
from vnsign.model.verdict import Indication
from vnsign.report.pdf import render
from vnsign.report.seal import REASON, seal_report
from vnsign.report.viewing import view
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

PKI = TestPki.load()
AT = cases.CHECKED


@pytest.fixture(autouse=True)
def _font() -> None:
    serif()


@cache
def paper() -> bytes:
    return render([view(cases.report("valid-agency"))])


def tsa() -> SimulatedTsa:
    return SimulatedTsa.of(PKI, family="government", clock=lambda: AT)


def judged(data: bytes) -> DocumentReport:
    evidence = PKI.evidence(AT - timedelta(hours=1))
    return vnsign.verify(data, trust=PKI.trust_store(), evidence=evidence, at=AT)


@pytest.mark.parametrize("stamped", [False, True])
def test_the_signature_holds_and_the_paper_is_what_it_was(stamped: bool):
    sealed = seal_report(paper(), PKI.signer("agency"), timestamps=tsa() if stamped else None, at=AT).data
    (signature,) = judged(sealed).signatures
    assert signature.indication is Indication.TOTAL_PASSED
    assert signature.level == ("B-T" if stamped else "B-B")
    assert sealed.startswith(paper())
    (written,) = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    assert written.sig_object["/Reason"] == REASON
    assert written.docmdp_level == MDPPerm.NO_CHANGES


def test_what_is_changed_afterwards_is_found():
    sealed = seal_report(paper(), PKI.signer("agency"), at=AT).data
    place = sealed.index(b"/Title")
    changed = sealed[: place + 9] + bytes([sealed[place + 9] ^ 1]) + sealed[place + 10 :]
    assert judged(changed).indication is Indication.TOTAL_FAILED


def test_it_can_be_raised_for_keeping():
    """Validation material may be added to a paper that allows no change."""
    sealed = seal_report(paper(), PKI.signer("agency"), timestamps=tsa(), at=AT).data
    raised = vnsign.augment(sealed, to="LTA", timestamps=tsa(), trust=PKI.trust_store(), evidence=PKI.evidence(AT), at=AT).data
    found = judged(raised)
    assert found.signatures[0].level == "B-LTA"
    assert found.indication is Indication.TOTAL_PASSED


def test_another_place_may_be_given():
    placement = PdfPlacement(field="XacNhan", page=-1, box=(330, 100, 530, 160))
    sealed = seal_report(paper(), PKI.signer("agency"), at=AT, placement=placement).data
    assert judged(sealed).signatures[0].id == "XacNhan"
