"""From a document to facts: every signature is listed, malformed ones too, and nothing is guessed."""

from __future__ import annotations

import contextlib
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.formats.xml.builder import (
    DS,
    LIMITS,
    RSA_SHA256,
    certificate,
    key_info,
    one,
    read,
    reference,
    rules,
    signature,
    signed_info,
    sound,
)
from vnsign.crypto.values import verify_value
from vnsign.errors import ConfigurationError, LimitExceededError, UnreadableDocumentError
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.read import read_xml, signed_data
from vnsign.model.facts import CoverageScope, DigestRole, SignatureFormat, SignatureKind, TimeSource
from vnsign.model.verdict import CheckStatus

DATA = '<a Id="x">t</a>'
OCTETS = b'<a xmlns="urn:d" Id="x">t</a>'


def wrap(*made: str, inside: str = DATA) -> str:
    return f'<doc xmlns="urn:d">{inside}{"".join(made)}</doc>'


def plain(**more: str) -> str:
    return signature(reference("#x", OCTETS), **more)


def test_facts_of_a_plain_signature() -> None:
    document = wrap(plain())
    facts = read(document)
    (found,) = facts.signatures
    assert sound(found)
    assert (facts.format, dict(facts.details)["root"]) == ("xml", "{urn:d}doc")
    assert (found.id, found.kind, found.format) == ("S", SignatureKind.SIGNATURE, SignatureFormat.XMLDSIG)
    assert (found.location, found.level, found.problems) == ("/doc[1]/Signature[1]", "", ())
    assert found.signed_value is not None
    assert found.signed_value.algorithm.identifier == RSA_SHA256


def test_a_document_without_signatures_has_none() -> None:
    assert read("<doc><Signature>picture</Signature></doc>").signatures == ()


def test_all_signatures_are_listed_in_document_order_wherever_they_stand() -> None:
    nested = plain(identifier="inner")
    outer = signature(reference("#o", b""), objects=f'<Object Id="o">{nested}</Object>', identifier="outer")
    found = read(wrap(outer, plain(identifier="last"))).signatures
    assert [item.id for item in found] == ["outer", "inner", "last"]


def test_identifiers_that_are_missing_or_repeated_give_way_to_positions() -> None:
    found = read(wrap(plain(), plain(), plain(identifier="")))
    assert [item.id for item in found.signatures] == [f"/doc[1]/Signature[{index}]" for index in (1, 2, 3)]


@pytest.mark.parametrize(
    "breakage",
    [
        ("<SignedInfo>", "<SignedInfo><Reference/></SignedInfo><SignedInfo>"),
        ("<SignedInfo>", "<Object/><SignedInfo>"),
        ("<SignatureValue>", "<SignatureValue>AAAA</SignatureValue><SignatureValue>"),
        ("<KeyInfo>", "<KeyInfo/><KeyInfo>"),
        ("<KeyInfo>", "<Wrapper/><KeyInfo>"),
        ("<Reference ", "<Other/><Reference "),
        ("<CanonicalizationMethod", "<Reference/><CanonicalizationMethod"),
        ('<SignatureMethod Algorithm="' + RSA_SHA256 + '"></SignatureMethod>', ""),
        ("<SignedInfo>", '<w xmlns=""><SignedInfo/></w><SignedInfo>'),
    ],
)
def test_a_malformed_signature_is_listed_and_the_others_are_still_read(breakage: tuple[str, str]) -> None:
    old, new = breakage
    broken = plain(identifier="broken").replace(old, new, 1)
    found = read(wrap(broken, plain(identifier="good"))).signatures
    assert rules(found[0]) == ["xml.structure"]
    assert (found[0].format, found[0].coverage, found[0].signed_value) == (
        SignatureFormat.XML_OTHER,
        CoverageScope.NOTHING,
        None,
    )
    assert sound(found[1])


def test_a_signature_without_references_is_malformed() -> None:
    assert rules(one(wrap(signature(info=signed_info())))) == ["xml.structure"]


@pytest.mark.parametrize("value", ["", "A", "AAA", "AA=A", "AAAA!", "A&#x200B;AAA", "====", "QUJD\u00a0"])
def test_a_value_that_is_no_base64_is_named(value: str) -> None:
    broken = plain().replace(plain().split("<SignatureValue>")[1].split("<")[0], value or " ")
    facts = one(wrap(broken))
    assert rules(facts) == ["xml.structure"]
    assert facts.signed_value is None


@pytest.mark.parametrize("aside", ["<!-- c -->", "<?p i?>"])
@pytest.mark.parametrize("element", ["DigestValue", "SignatureValue", "X509Certificate", "SignedInfo"])
def test_comments_and_instructions_inside_values_are_named(aside: str, element: str) -> None:
    broken = plain().replace(f"<{element}>", f"<{element}>{aside}", 1)
    facts = one(wrap(broken))
    assert rules(facts)[0] == "xml.comment-in-signature"


def test_text_beyond_a_comment_counts() -> None:
    """A reader that stops at the comment would see the right digest and miss what follows."""
    whole = plain()
    good = whole.split("<DigestValue>")[1].split("<")[0]
    facts = one(wrap(whole.replace(good, good + "<!-- c -->AAAA")))
    assert "xml.comment-in-signature" in rules(facts)
    assert not facts.digests[0].matches


def test_unknown_algorithms_are_named_and_hmac_is_no_signature() -> None:
    unknown = one(wrap(signature(info=signed_info(reference("#x", OCTETS), method="urn:unknown"))))
    assert rules(unknown) == ["xml.algorithm-unsupported"]
    assert unknown.signed_value is not None
    assert unknown.signed_value.algorithm.key == "unknown"
    hmac = one(wrap(signature(info=signed_info(reference("#x", OCTETS), method=DS + "hmac-sha1"))))
    assert rules(hmac) == ["xml.hmac"]
    assert hmac.signing_certificate is not None
    assert hmac.signed_value is not None
    assert verify_value(hmac.signing_certificate, hmac.signed_value).status is not CheckStatus.PASSED
    digest = reference("#x", OCTETS).replace("xmlenc#sha256", "xmlenc#sha257")
    facts = one(wrap(signature(digest)))
    assert rules(facts) == ["xml.algorithm-unsupported"]
    assert facts.digests[0].computed is None
    canonical = one(wrap(signature(info=signed_info(reference("#x", OCTETS), c14n="urn:c14n"))))
    assert rules(canonical) == ["xml.algorithm-unsupported"]
    assert canonical.signed_value is None


def test_pss_parameters_are_read() -> None:
    more = "http://www.w3.org/2007/05/xmldsig-more#"
    method = (
        f'<SignatureMethod Algorithm="{more}rsa-pss"><p:RSAPSSParams xmlns:p="{more}">'
        '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha512"></DigestMethod>'
        f'<p:MaskGenerationFunction Algorithm="{more}MGF1">'
        '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></DigestMethod></p:MaskGenerationFunction>'
        "<p:SaltLength>20</p:SaltLength></p:RSAPSSParams></SignatureMethod>"
    )
    info = signed_info(reference("#x", OCTETS)).replace(f'<SignatureMethod Algorithm="{RSA_SHA256}"></SignatureMethod>', method)
    value = one(wrap(signature(info=info))).signed_value
    assert value is not None
    algorithm = value.algorithm
    assert (algorithm.key, algorithm.padding, algorithm.digest) == ("rsa", "pss", "sha512")
    assert (algorithm.mgf_digest, algorithm.salt_length) == ("sha256", 20)
    odd = one(wrap(signature(info=info.replace(">20<", ">many<")))).signed_value
    assert odd is not None
    assert odd.algorithm.key == "unknown"


# --- key info -----------------------------------------------------------------------------------------------------


def test_without_a_certificate_there_is_no_signer() -> None:
    facts = one(wrap(plain(keys="<KeyInfo><KeyName>k</KeyName></KeyInfo>")))
    assert facts.signing_certificate is None
    assert one(wrap(plain(keys="<Object/>"))).signing_certificate is None


def test_the_issuer_serial_points_at_the_signer_among_several() -> None:
    first, second = certificate("TEST one"), certificate("TEST second")
    serial = (
        "<X509IssuerSerial><X509IssuerName>CN=any</X509IssuerName><X509SerialNumber>18</X509SerialNumber></X509IssuerSerial>"
    )
    keys = key_info(first, second).replace("<X509Data>", "<X509Data>" + serial)
    facts = one(wrap(plain(keys=keys)))
    assert facts.signing_certificate is not None
    assert facts.signing_certificate.der == second
    assert [item.der for item in facts.certificates] == [first, second]


def retrieved(uri: str = "#held", type_: str = "X509Data", inside: str = "") -> str:
    method = f'<RetrievalMethod URI="{uri}" Type="http://www.w3.org/2000/09/xmldsig#{type_}">{inside}</RetrievalMethod>'
    return f"<KeyInfo>{method}</KeyInfo>"


HELD = key_info().removeprefix("<KeyInfo>").removesuffix("</KeyInfo>").replace("<X509Data>", '<X509Data Id="held">')


def test_a_retrieval_method_points_at_certificates_elsewhere_in_the_document() -> None:
    facts = one(wrap(plain(keys=retrieved(), objects=f"<Object>{HELD}</Object>")))
    assert facts.signing_certificate is not None
    assert facts.signing_certificate.der == certificate()


@pytest.mark.parametrize(
    ("keys", "objects"),
    [
        (retrieved(uri="held"), HELD),
        (retrieved(uri="http://localhost/held"), HELD),
        (retrieved(type_="rawX509Certificate"), HELD),
        (retrieved(inside="<Transforms/>"), HELD),
        (retrieved(), HELD + HELD),
        (retrieved(), ""),
    ],
    ids=["a file", "a host", "another type", "transforms", "two of that name", "nothing"],
)
def test_any_other_retrieval_method_is_not_followed(keys: str, objects: str) -> None:
    assert one(wrap(plain(keys=keys, objects=f"<Object>{objects}</Object>"))).signing_certificate is None


def test_what_is_no_certificate_is_named_and_the_rest_is_read() -> None:
    keys = key_info(b"no certificate", certificate())
    facts = one(wrap(plain(keys=keys)))
    assert rules(facts) == ["xml.key-info-malformed"]
    assert sound(facts)


def test_certificates_over_the_limit_are_not_read() -> None:
    keys = key_info(*[certificate(f"TEST {index:03}") for index in range(4)])
    facts = one(wrap(plain(keys=keys)), limits=replace(LIMITS, certificates=2))
    assert len(facts.certificates) == 2
    assert rules(facts) == ["xml.limit"]


# --- the time of signing ------------------------------------------------------------------------------------------


def _timed(time: str, *, covered: bool) -> str:
    properties = (
        f'<SignatureProperties><SignatureProperty Target="#S"><SigningTime>{time}</SigningTime>'
        "</SignatureProperty></SignatureProperties>"
    )
    octets = f'<Object xmlns="{DS}" Id="t">{properties}</Object>'.encode()
    references = [reference("#x", OCTETS), *([reference("#t", octets)] if covered else [])]
    return signature(*references, objects=f'<Object Id="t">{properties}</Object>')


def test_a_covered_time_without_zone_is_vietnams() -> None:
    facts = one(wrap(_timed("2022-01-17T15:24:10", covered=True)))
    assert sound(facts)
    assert facts.claimed_time == datetime(2022, 1, 17, 8, 24, 10, tzinfo=UTC)
    assert (facts.claimed_time_source, facts.claimed_time_zone_assumed) == (TimeSource.XML_OBJECT, True)
    assert [item.role for item in facts.digests] == [DigestRole.DATA, DigestRole.SIGNING_TIME]


def test_a_covered_time_with_zone_is_taken_as_written() -> None:
    facts = one(wrap(_timed("2022-01-17T15:24:10Z", covered=True)))
    assert facts.claimed_time == datetime(2022, 1, 17, 15, 24, 10, tzinfo=UTC)
    assert not facts.claimed_time_zone_assumed


def test_a_time_that_no_reference_covers_is_not_used() -> None:
    facts = one(wrap(_timed("2022-01-17T15:24:10", covered=False)))
    assert (facts.claimed_time, facts.claimed_time_source) == (None, None)
    assert rules(facts) == ["xml.signing-time-unsigned"]


@pytest.mark.parametrize(
    "time", ["17/01/2022 15:24:10", "2022-13-01T00:00:00", "0001-01-01T00:00:00+14:00", "", "9999-12-31T23:59:59-14:00"]
)
def test_a_time_that_cannot_be_read_is_named(time: str) -> None:
    facts = one(wrap(_timed(time, covered=True)))
    assert facts.claimed_time is None or facts.claimed_time.tzinfo is not None
    if facts.claimed_time is None:
        assert "xml.signing-time" in rules(facts)


# --- encodings, limits, hostile bytes -----------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str) -> None:
    inside = '<a Id="x">Nguyễn Thị Ánh</a>'
    octets = '<a xmlns="urn:d" Id="x">Nguyễn Thị Ánh</a>'.encode()
    assert sound(one(wrap(signature(reference("#x", octets)), inside=inside).encode(encoding)))


def test_too_many_signatures_are_refused() -> None:
    with pytest.raises(LimitExceededError):
        read(wrap(*[plain()] * 3), limits=replace(LIMITS, signatures=2))


def test_signature_shaped_elements_of_other_namespaces_are_listed() -> None:
    facts = one("<doc><Signature><SignedInfo/><SignatureValue/></Signature></doc>")
    assert rules(facts) == ["xml.structure"]


def test_a_document_with_unbound_prefixes_lists_its_signatures_as_broken() -> None:
    facts = one(wrap(plain(), inside=DATA + "<b x:href=''/>"))
    assert rules(facts) == ["xml.structure"]
    assert facts.signed_value is None


def test_signed_data_of_an_unknown_signature() -> None:
    with pytest.raises(ConfigurationError):
        signed_data(DocumentSource.of(wrap(plain()).encode()), limits=LIMITS, signature_id="other")


def test_flipping_any_byte_of_what_is_signed_is_seen() -> None:
    document = bytearray(wrap(plain()).encode())
    start, end = document.index(b'<a Id="x">'), document.index(b"</a>") + 4
    info = (document.index(b"<SignedInfo>"), document.index(b"</SignatureValue>"))
    for index in [*range(start, end), *range(*info)]:
        for bit in (1, 32):
            changed = bytes(document[:index]) + bytes([document[index] ^ bit]) + bytes(document[index + 1 :])
            try:
                found = read(changed).signatures
            except UnreadableDocumentError:
                continue
            assert not any(
                sound(item) and not item.problems for item in found if item.coverage is not CoverageScope.NOTHING
            ) or (_same_text(changed, bytes(document))), changed[max(0, index - 20) : index + 20]


def _same_text(one_: bytes, other: bytes) -> bool:
    """White space between base64 and the like: the changed document says the same."""
    return b"".join(one_.split()) == b"".join(other.split())


def test_random_damage_never_raises_anything_undocumented() -> None:
    generator = random.Random(20261124)
    document = wrap(_timed("2022-01-17T15:24:10", covered=True), inside=DATA + "<!-- c --><b>é</b>").encode()
    for _ in range(400):
        damaged = bytearray(document)
        for _ in range(generator.randint(1, 4)):
            at = generator.randrange(len(damaged))
            action = generator.randrange(3)
            if action == 0:
                damaged[at] = generator.randrange(256)
            elif action == 1:
                del damaged[at : at + generator.randint(1, 40)]
            else:
                damaged[at:at] = damaged[generator.randrange(len(damaged)) :][: generator.randint(1, 60)]
        with contextlib.suppress(UnreadableDocumentError):
            read(bytes(damaged))


# --- real documents -----------------------------------------------------------------------------------------------


def _file(folder: Path, name: str) -> DocumentSource:
    return DocumentSource.of(folder / "vn-samples" / name)


@pytest.mark.corpus
def test_both_signatures_of_an_e_invoice_hold_and_say_what_they_cover(shared_data: Path) -> None:
    facts = read_xml(_file(shared_data, "xml/einvoice-tct-test-202-ts24-safeca2020.xml"), limits=LIMITS)
    seller, agency = facts.signatures
    invoice = "/TDiep[1]/DLieu[1]/HDon[1]"
    assert sound(seller)
    assert sound(agency)
    assert seller.covered == (f"{invoice}/DLHDon[1]", f"{invoice}/DSCKS[1]/NBan[1]/Signature[1]/Object[1]")
    assert agency.covered[0] == f"{invoice}/DLHDon[1]"
    assert agency.covered[2] == f"{invoice}/MCCQT[1]"
    assert (seller.claimed_time_source, seller.claimed_time_zone_assumed) == (TimeSource.XML_OBJECT, True)
    assert not seller.problems
    assert not agency.problems
    (data, _) = signed_data(
        _file(shared_data, "xml/einvoice-tct-test-202-ts24-safeca2020.xml"), limits=LIMITS, signature_id=seller.id
    )
    assert data.data.startswith(b"<DLHDon")


@pytest.mark.corpus
def test_a_customs_message_is_broken(shared_data: Path) -> None:
    (found,) = read_xml(_file(shared_data, "xml/customs-tchq-mock__custom-datasign.xml"), limits=LIMITS).signatures
    assert not found.digests[0].matches
    assert not sound(found)


@pytest.mark.corpus
def test_document_exchange_messages_are_read_and_no_dummy_signature_holds(shared_data: Path) -> None:
    read_files = 0
    for path in sorted((shared_data / "vn-samples/edxml").iterdir()):
        try:
            facts = read_xml(DocumentSource.of(path), limits=LIMITS)
        except UnreadableDocumentError as error:
            assert (path.name, error.code) == ("edoc_new.edxml", "XML_NOT_WELL_FORMED")
            continue
        read_files += 1
        assert not any(sound(item) for item in facts.signatures)
        assert all(item.problems for item in facts.signatures)
    assert read_files == 9


@pytest.mark.corpus
def test_unsigned_forms_have_no_signature(shared_data: Path) -> None:
    for path in sorted((shared_data / "vn-samples/xml-unsigned-mocks").iterdir()):
        assert read_xml(DocumentSource.of(path), limits=LIMITS).signatures == (), path.name
