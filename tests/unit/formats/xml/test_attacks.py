"""Attacks of the literature: each is named, none looks like a clean signature."""

from __future__ import annotations

import pytest

from tests.unit.formats.xml.builder import (
    DS,
    ENVELOPED,
    LIMITS,
    XPATH,
    one,
    read,
    reference,
    rules,
    signature,
    sound,
)
from vnsign.errors import UnreadableDocumentError
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.read import signed_data
from vnsign.model.facts import CoverageScope

GOOD = '<invoice Id="x"><total>1</total></invoice>'
EVIL = '<invoice Id="y"><total>9</total></invoice>'
OCTETS = GOOD.encode()


def wrapped(document: str) -> str:
    return document.format(good=GOOD, evil=EVIL, sig=signature(reference("#x", OCTETS, ENVELOPED)))


@pytest.mark.parametrize(
    "document",
    [
        "<doc>{evil}<wrapper>{good}</wrapper>{sig}</doc>",
        "<doc>{evil}{sig}<extensions><any>{good}</any></extensions></doc>",
        "<doc><extensions><any>{good}</any></extensions>{evil}<sigs>{sig}</sigs></doc>",
        '<invoice Id="y"><total>9</total><hidden>{good}</hidden>{sig}</invoice>',
        '<doc><invoice Id="y"><total>9</total>{sig}</invoice><wrapper>{good}</wrapper></doc>',
        '<doc><invoice Id="y"><total>9</total>{sig}</invoice>{good}</doc>',
    ],
)
def test_a_signed_element_moved_aside_for_a_twin_is_named(document: str) -> None:
    facts = one(wrapped(document))
    assert sound(facts)  # the mathematics hold: that is what makes it an attack
    assert rules(facts) == ["xml.wrapping-suspected"]
    parameters = dict(facts.problems[0].parameters)
    assert parameters["covered"].endswith("invoice[1]") or "invoice" in parameters["covered"]
    assert "invoice" in parameters["twin"]
    (item,) = signed_data(DocumentSource.of(wrapped(document).encode()), limits=LIMITS, signature_id="S")
    assert item.data == OCTETS


def test_a_signed_element_hidden_in_an_object_of_the_signature_is_named() -> None:
    hidden = '<Object><invoice xmlns="" Id="x"></invoice></Object>'
    made = signature(reference("#x", b'<invoice Id="x"></invoice>'), objects=hidden)
    facts = one(f'<invoice Id="y">{made}</invoice>')
    assert sound(facts)
    assert rules(facts) == ["xml.wrapping-suspected"]


def test_an_object_buried_in_something_else_is_named() -> None:
    octets = f'<Object xmlns="{DS}" Id="o">1</Object>'.encode()
    buried = '<Object><w><Object Id="o">1</Object></w></Object><Object Id="p">9</Object>'
    made = signature(reference("#o", octets), objects=buried)
    assert "xml.wrapping-suspected" in rules(one(made))


def test_a_manifest_buried_beside_a_false_one_is_named() -> None:
    entry = reference("data", b"good")
    manifest = f'<Manifest Id="m">{entry}</Manifest>'
    octets = manifest.replace("<Manifest ", f'<Manifest xmlns="{DS}" ').encode()
    false = f"<Manifest>{reference('data', b'evil')}</Manifest>"
    made = signature(reference("#m", octets), objects=f"<Object>{false}</Object><Object><w>{manifest}</w></Object>")
    assert "xml.wrapping-suspected" in rules(one(made, {"data": b"evil"}))


def test_an_unsigned_element_of_the_same_name_is_named_wherever_it_stands() -> None:
    facts = one(wrapped("<doc>{good}{evil}{sig}</doc>"))
    assert rules(facts) == ["xml.unsigned-twin"]
    inside = signature(reference("#x", b'<invoice Id="x"></invoice>', ENVELOPED))
    enveloped = one(f'<doc><invoice Id="y"/><invoice Id="x">{inside}</invoice></doc>')
    assert sound(enveloped)
    assert rules(enveloped) == ["xml.unsigned-twin"]
    assert rules(one(wrapped("<doc><extensions><any>{evil}</any></extensions>{good}{sig}</doc>"))) == ["xml.unsigned-twin"]
    around = one(f'<doc><invoice Id="y"><total>9</total><invoice Id="x">{inside}</invoice></invoice></doc>')
    assert sound(around)
    assert rules(around) == ["xml.unsigned-twin"]


def test_decoys_that_another_signature_covers_hide_no_twin() -> None:
    decoys = '<decoys Id="d">' + '<invoice Id="z"></invoice>' * 200 + "</decoys>"
    false = signature(reference("#d", decoys.encode()), identifier="false")
    made = signature(reference("#x", OCTETS), identifier="S")
    document = f"<doc>{decoys}<w><v><u>{GOOD}</u></v></w>{EVIL}{made}{false}</doc>"
    facts = {item.id: item for item in read(document).signatures}
    assert rules(facts["S"]) == ["xml.wrapping-suspected"]


def test_an_attackers_own_signature_over_the_twin_is_no_excuse() -> None:
    document = f"<doc>{EVIL}<wrapper>{GOOD}</wrapper>{{S}}{{T}}</doc>"
    genuine = signature(reference("#x", OCTETS), identifier="S")
    for own in (reference("#y", EVIL.encode()), reference("", b"", ENVELOPED)):
        made = document.format(S=genuine, T=signature(own, identifier="T"))
        facts = {item.id: item for item in read(made).signatures}
        assert rules(facts["S"]) == ["xml.wrapping-suspected"]


def test_siblings_that_other_signatures_cover_are_no_twins() -> None:
    first = signature(reference("#x", OCTETS), identifier="A")
    second = signature(reference("#y", EVIL.encode()), identifier="B")
    found = read(f"<doc>{GOOD}{EVIL}<s>{first}{second}</s></doc>").signatures
    assert all(sound(item) and not item.problems for item in found)


def test_a_signed_element_far_from_its_signature_is_a_warning() -> None:
    assert rules(one(wrapped("<doc><status><detail>{good}</detail></status>{sig}</doc>"))) == ["xml.signature-position"]


@pytest.mark.parametrize(
    "document",
    [
        "<doc>{good}{sig}</doc>",
        "<doc>{good}<sigs><seller>{sig}</seller></sigs></doc>",
        "<m><d><doc>{good}<sigs><seller>{sig}</seller></sigs></doc></d></m>",
        "<doc>{good}<other/>{sig}</doc>",
    ],
)
def test_places_in_which_vietnamese_documents_put_signatures_are_not_suspected(document: str) -> None:
    facts = one(wrapped(document))
    assert sound(facts)
    assert facts.problems == ()


def test_a_comment_that_splits_a_signed_text_is_named() -> None:
    octets = b'<a Id="x">admin@example.vn.attacker.vn</a>'
    split = '<a Id="x">admin@example.vn<!-- x -->.attacker.vn</a>'
    facts = one(f"<doc>{split}{signature(reference('#x', octets))}</doc>")
    assert sound(facts)
    assert rules(facts) == ["xml.comment-in-text"]
    with_comments = reference("#xpointer(id('x'))", split.encode(), "http://www.w3.org/2006/12/xml-c14n11#WithComments")
    assert rules(one(f"<doc>{split}{signature(with_comments)}</doc>")) == []
    between = '<a Id="x">\n<!-- c -->\n<b></b></a>'
    assert rules(one(f"<doc>{between}{signature(reference('#x', between.replace('<!-- c -->', '').encode()))}</doc>")) == []


def test_an_instruction_in_a_signed_text_breaks_the_digest() -> None:
    facts = one(f'<doc><a Id="x">ad<?p?>min</a>{signature(reference("#x", b"""<a Id="x">admin</a>"""))}</doc>')
    assert not facts.digests[0].matches


def test_entities_and_default_attributes_cannot_be_smuggled_in() -> None:
    made = signature(reference("#x", OCTETS))
    for subset in ('<!ENTITY e "9">', '<!ATTLIST invoice Id ID "x">', '<!ENTITY % p SYSTEM "http://127.0.0.1/">%p;'):
        with pytest.raises(UnreadableDocumentError):
            read(f"<!DOCTYPE doc [{subset}]><doc>{GOOD}{made}</doc>")


def test_only_the_time_of_signing_is_no_signature_over_data() -> None:
    time = "<SigningTime>2026-01-01T00:00:00</SigningTime>"
    properties = f"<SignatureProperties><SignatureProperty>{time}</SignatureProperty></SignatureProperties>"
    octets = f'<Object xmlns="{DS}" Id="t">{properties}</Object>'.encode()
    made = signature(reference("#t", octets), objects=f'<Object Id="t">{properties}</Object>')
    facts = one(f"<doc>{GOOD}{made}</doc>")
    assert rules(facts) == ["xml.covers-no-data"]
    assert facts.coverage is CoverageScope.NOTHING


def test_a_key_without_certificate_gives_no_signer() -> None:
    keys = "<KeyInfo><KeyValue><RSAKeyValue><Modulus>AQAB</Modulus><Exponent>AQAB</Exponent></RSAKeyValue></KeyValue></KeyInfo>"
    facts = one(f"<doc>{GOOD}{signature(reference('#x', OCTETS), keys=keys)}</doc>")
    assert facts.signing_certificate is None


def test_a_thousand_references_cost_little() -> None:
    import time

    made = signature(*[reference("", OCTETS, ENVELOPED)] * 1000)
    start = time.perf_counter()
    facts = one(f"<doc>{GOOD}{made}</doc>")
    assert rules(facts) == ["xml.limit"]
    assert time.perf_counter() - start < 2


def test_costly_filters_and_many_whole_documents_end_at_the_budget() -> None:
    """Quadratic work is cut off: many holes, many references, many elements of one name."""
    import time
    from dataclasses import replace

    step = f'<Transform Algorithm="{XPATH}"><XPath>not(ancestor-or-self::b)</XPath></Transform>'
    references = [reference("", b"x", step)] * 32 + [reference("", b"x", ENVELOPED)] * 32
    made = "".join(signature(*references, identifier=f"S{index}") for index in range(4))
    start = time.perf_counter()
    found = read("<doc>" + "<b/>" * 5_000 + made + "</doc>", limits=replace(LIMITS, xml_reference_bytes=20_000_000)).signatures
    assert all("xml.limit" in rules(item) for item in found[1:])
    assert time.perf_counter() - start < 20
