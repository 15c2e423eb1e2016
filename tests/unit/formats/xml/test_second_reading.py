"""The second reading: it agrees where it reaches, says why where it does not, and a disagreement is an error."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.unit.formats.xml.signing_support import algorithm, holder, sign
from vnsign.errors import SelfCheckError
from vnsign.formats.xml.names import C14N_10_COMMENTS
from vnsign.formats.xml.placement import XmlPlacement
from vnsign.formats.xml.second_reading import SecondReadingStatus, second_reading
from vnsign.model.certificate import Certificate


@pytest.mark.parametrize(
    ("document", "placement", "kind", "said"),
    [
        (b"<r/>", XmlPlacement(), "ed25519", "signature method"),
        (b"<?p x?><r/>", XmlPlacement(), "rsa", "processing instructions"),
        (b"<r><!-- c --></r>", XmlPlacement(canonicalization=C14N_10_COMMENTS), "rsa", "comments"),
        (b'<r xml:lang="vi"><a Id="a"/><b/></r>', XmlPlacement(reference="#a", parent="/r/b"), "rsa", "xml: attributes"),
        (b'<r><a Id="a"/>text<b/></r>', XmlPlacement(reference="#a", parent="/r/b"), "rsa", "followed by text"),
        (b'<r xmlns:x="urn:x"><a Id="a"/><b x:Id="a"/></r>', XmlPlacement(reference="#a"), "rsa", "not one element"),
    ],
)
def test_what_it_does_not_reach_is_said(document: bytes, placement: XmlPlacement, kind: str, said: str) -> None:
    signed, prepared = sign(document, placement, kind=kind, how=algorithm(kind))
    reading = second_reading(signed, prepared.signature_id, holder(kind).certificate)
    assert reading.status is SecondReadingStatus.NOT_APPLICABLE
    assert said in reading.reason


def test_a_disagreement_is_a_self_check_error() -> None:
    signed, prepared = sign(b'<r><a>1</a><b Id="b"/></r>', XmlPlacement())
    certificate = Certificate(prepared.certificate)
    assert second_reading(signed, prepared.signature_id, certificate).status is SecondReadingStatus.AGREED
    value = signed.index(b"Value Id=") + 60
    for wrong, whose in (
        (signed.replace(b"<a>1</a>", b"<a>2</a>"), certificate),
        (signed[:value] + (b"A" if signed[value : value + 1] != b"A" else b"B") + signed[value + 1 :], certificate),
        (signed, holder(number=5).certificate),
        (signed.replace(b"SigningTime>2026", b"SigningTime>2025"), certificate),
        (signed.replace(b"xades:SigningTime", b"xades:SigningTim"), certificate),
    ):
        with pytest.raises(SelfCheckError) as caught:
            second_reading(wrong, prepared.signature_id, whose)
        assert caught.value.code == "SECOND_READING"
    with pytest.raises(SelfCheckError):
        second_reading(signed, "another", certificate)


def test_it_reads_the_signature_asked_for_among_several() -> None:
    document = b'<r><a Id="a">1</a><b Id="b">2</b><s/></r>'
    first, one = sign(document, XmlPlacement(reference="#a", parent="/r/s"))
    both, two = sign(first, XmlPlacement(reference="#b", parent="/r/s"), number=1)
    broken = both.replace(b">1</a>", b">9</a>")
    assert second_reading(broken, two.signature_id, Certificate(two.certificate)).status is SecondReadingStatus.AGREED
    with pytest.raises(SelfCheckError):
        second_reading(broken, one.signature_id, Certificate(one.certificate))


def test_the_other_program_is_loaded_only_when_it_is_used() -> None:
    program = "import sys, vnsign.formats.xml.second_reading, vnsign.formats.xml.prepare; print('signxml' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
