"""References: which octets are digested, where they stand, and what is refused. All octets are written out by hand."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from tests.unit.formats.xml.builder import (
    BASE64,
    DS,
    ENVELOPED,
    EXCLUSIVE,
    LIMITS,
    one,
    read,
    reference,
    rules,
    sign,
    signature,
    signed_info,
    sound,
    transform,
)
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.read import signed_data
from vnsign.model.facts import CoverageScope, DigestRole

COMMENTS = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"


def wrap(made: str, inside: str = '<a Id="x">t</a>') -> str:
    return f'<doc xmlns="urn:d">{inside}{made}</doc>'


def test_enveloped_over_the_whole_document() -> None:
    facts = one(wrap(signature(reference("", b'<doc xmlns="urn:d"><a Id="x">t</a></doc>', ENVELOPED))))
    assert sound(facts)
    assert facts.coverage is CoverageScope.WHOLE_DOCUMENT
    assert facts.digests[0].covers == "/ without /doc[1]/Signature[1]"


def test_an_element_by_identifier_takes_its_namespace_context() -> None:
    facts = one(wrap(signature(reference("#x", b'<a xmlns="urn:d" Id="x">t</a>'))))
    assert sound(facts)
    assert (facts.coverage, facts.covered) == (CoverageScope.PARTIAL, ("/doc[1]/a[1]",))


@pytest.mark.parametrize("name", ["Id", "ID", "id", "xml:id", "AssertionID"])
def test_the_names_that_are_read_as_identifiers(name: str) -> None:
    octets = f'<a xmlns="urn:d" {name}="x">t</a>'.encode()
    assert sound(one(wrap(signature(reference("#x", octets)), f'<a {name}="x">t</a>')))


def test_enveloped_signature_changes_nothing_where_the_signature_is_outside_as_e_invoices_write_it() -> None:
    assert sound(one(wrap(signature(reference("#x", b'<a xmlns="urn:d" Id="x">t</a>', ENVELOPED)))))


def test_enveloped_signature_changes_nothing_on_an_object_inside_the_signature() -> None:
    octets = f'<Object xmlns="{DS}" Id="o">v</Object>'.encode()
    assert sound(one(signature(reference("#o", octets, ENVELOPED), objects='<Object Id="o">v</Object>')))


def test_enveloped_signature_removes_only_the_signature_being_verified() -> None:
    first = signature(reference("", b"<doc></doc>", ENVELOPED), identifier="first")
    # The second signature was made when the first stood there already.
    canonical = f"<doc>{first}</doc>".encode()
    second = signature(reference("", canonical, ENVELOPED), identifier="second")
    facts = read(f"<doc>{first}{second}</doc>").signatures
    assert [item.id for item in facts] == ["first", "second"]
    assert not sound(facts[0])  # the second signature came after it, and is not the first's to remove
    assert sound(facts[1])


def test_comments_drop_out_of_same_document_references_but_not_of_xpointers() -> None:
    inside = '<a Id="x">t<!-- c --></a>'
    without, with_ = b'<a xmlns="urn:d" Id="x">t</a>', b'<a xmlns="urn:d" Id="x">t<!-- c --></a>'
    assert sound(one(wrap(signature(reference("#x", without, COMMENTS)), inside)))
    assert sound(one(wrap(signature(reference("#xpointer(id('x'))", with_, COMMENTS)), inside)))
    assert sound(one(wrap(signature(reference("#xpointer(id('x'))", without)), inside)))
    whole = b'<doc xmlns="urn:d"><a Id="x">t<!-- c --></a></doc>'
    assert sound(one(wrap(signature(reference("#xpointer(/)", whole, ENVELOPED, COMMENTS)), inside)))


def test_transforms_run_in_the_order_written() -> None:
    data = base64.b64encode(b"hello").decode()
    inside = f'<a Id="x">{data[:4]}<!-- c -->\n<i>{data[4:]}</i></a>'
    assert sound(one(wrap(signature(reference("#x", b"hello", BASE64)), inside)))
    # c14n first makes octets that are no base64.
    facts = one(wrap(signature(reference("#x", b"hello", EXCLUSIVE, BASE64)), inside))
    assert rules(facts) == ["xml.transform-failed"]
    assert facts.digests[0].computed is None


def test_octets_become_nodes_again_where_a_transform_asks_for_nodes() -> None:
    external = {"data.b64": base64.b64encode(b"<r  b='2' a='1'/>")}
    facts = one(signature(reference("data.b64", b'<r a="1" b="2"></r>', BASE64, EXCLUSIVE)), external)
    assert sound(facts)
    assert facts.covered == ("external data data.b64",)


def test_external_data_come_from_the_caller_alone() -> None:
    made = signature(reference("file:///etc/hostname", b"data"))
    assert one(made).digests[0].computed is None
    assert one(made, {"other": b"data"}).digests[0].computed is None
    assert sound(one(made, {"file:///etc/hostname": b"data"}))
    assert sound(one(signature(reference("a%20b.txt", b"data")), {"a b.txt": b"data"}))
    assert sound(one(signature(reference(None, b"data")), {"": b"data"}))


def test_prefix_list_is_heeded() -> None:
    exclusive = transform(EXCLUSIVE, f'<InclusiveNamespaces xmlns="{EXCLUSIVE}" PrefixList="u"></InclusiveNamespaces>')
    octets = b'<a xmlns="urn:d" xmlns:u="urn:u" Id="x">t</a>'
    made = signature(reference("#x", octets, exclusive)).replace("<Signature ", "<Signature ")
    assert sound(one(f'<doc xmlns="urn:d"><w xmlns:u="urn:u"><a Id="x">t</a></w>{made}</doc>'))


def test_a_missing_element_is_not_found_and_not_guessed() -> None:
    facts = one(wrap(signature(reference("#y", b""))))
    assert facts.digests[0].computed is None
    assert not facts.digests[0].matches


def test_an_empty_digest_never_matches() -> None:
    facts = one(wrap(signature(reference("#y", b"", digest=""))))
    assert "xml.structure" in rules(facts)
    assert not facts.digests[0].matches


def test_duplicate_identifiers_are_named_and_neither_element_is_chosen() -> None:
    for twin in ('<b Id="x"/>', '<b ID="x"/>', '<b xml:id="x"/>', '<b id="x"/>'):
        facts = one(wrap(signature(reference("#x", b'<a xmlns="urn:d" Id="x">t</a>')), '<a Id="x">t</a>' + twin))
        assert rules(facts)[0] == "xml.duplicate-id", twin
        assert facts.digests[0].computed is None


def test_one_element_may_carry_the_value_twice() -> None:
    octets = b'<a xmlns="urn:d" Id="x" id="x">t</a>'
    assert sound(one(wrap(signature(reference("#x", octets)), '<a Id="x" id="x">t</a>')))


@pytest.mark.parametrize("uri", ["#xpointer(//a)", "#xpointer(id(&quot;x&quot;)/..)", "#element(/1)", "#xmlns(a=b)xpointer(/)"])
def test_other_pointers_are_refused(uri: str) -> None:
    facts = one(wrap(signature(reference(uri, b""))))
    assert rules(facts) == ["xml.reference-unsupported"]
    assert facts.digests[0].computed is None


def test_a_failing_canonicalisation_never_gives_an_empty_digest() -> None:
    empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    facts = one(f'<doc xmlns="relative"><a Id="x"/>{signature(reference("#x", b"", digest=empty))}</doc>')
    assert "xml.canonicalisation-failed" in rules(facts)
    assert facts.digests[0].computed is None


def test_limits_of_references_and_transforms_belong_to_the_signature() -> None:
    many = [reference("#x", b'<a xmlns="urn:d" Id="x">t</a>')] * 3
    facts = one(wrap(signature(*many)), limits=replace(LIMITS, xml_references=2))
    assert rules(facts) == ["xml.limit"]
    assert facts.digests == ()
    steps = one(wrap(signature(reference("#x", b"", *[EXCLUSIVE] * 3))), limits=replace(LIMITS, xml_transforms=2))
    assert rules(steps) == ["xml.limit"]
    octets = one(wrap(signature(reference("", b"", ENVELOPED))), limits=replace(LIMITS, xml_reference_bytes=10))
    assert "xml.limit" in rules(octets)


def test_manifest_entries_are_listed_and_do_not_break_the_signature() -> None:
    entries = reference("#x", b'<a xmlns="urn:d" Id="x">t</a>') + reference("gone.bin", b"") + reference("#x", b"other")
    manifest = f'<Manifest Id="m">{entries}</Manifest>'
    octets = manifest.replace("<Manifest ", f'<Manifest xmlns="{DS}" ').encode()
    made = signature(reference("#m", octets), objects=f"<Object>{manifest}</Object>")
    facts = one(wrap(made))
    assert [item.role for item in facts.digests] == [DigestRole.MANIFEST, *[DigestRole.MANIFEST_ENTRY] * 3]
    assert [item.matches for item in facts.digests] == [True, True, False, False]
    assert facts.digests[2].computed is None


def test_signed_data_hands_out_only_what_matches() -> None:
    good, bad = reference("#x", b'<a xmlns="urn:d" Id="x">t</a>'), reference("#z", b"not this")
    document = wrap(signature(good, bad), '<a Id="x">t</a><z Id="z"/>').encode()
    items = signed_data(DocumentSource.of(document), limits=LIMITS, signature_id="S")
    assert [(item.name, item.position, item.data) for item in items] == [
        ("#x", "/doc[1]/a[1]", b'<a xmlns="urn:d" Id="x">t</a>')
    ]


def test_several_references_to_one_element_are_canonicalised_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from vnsign.formats.xml import nodes

    calls: list[object] = []
    real = nodes.canonicalize

    def counting(node: object, *args: object, **more: object) -> bytes:
        calls.append(node)
        return real(node, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(nodes, "canonicalize", counting)
    assert sound(one(wrap(signature(*[reference("#x", b'<a xmlns="urn:d" Id="x">t</a>')] * 4))))
    assert len(calls) == 2  # the element and SignedInfo


def test_signed_info_is_canonicalised_in_its_context() -> None:
    """Inclusive canonicalisation takes the namespaces of ancestors into SignedInfo."""
    info = signed_info(reference("#x", b'<a xmlns="urn:d" xmlns:u="urn:u" Id="x">t</a>'))
    canonical = info.replace("<SignedInfo>", f'<SignedInfo xmlns="{DS}" xmlns:u="urn:u">', 1)
    value = sign(canonical.replace(f'<SignedInfo xmlns="{DS}" xmlns:u="urn:u">', "<SignedInfo>"))
    assert not sound(one(f'<doc xmlns="urn:d" xmlns:u="urn:u"><a Id="x">t</a>{signature(info=info, value=value)}</doc>'))
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    from tests.unit.formats.xml.builder import b64, key

    right = b64(key().sign(canonical.encode(), padding.PKCS1v15(), hashes.SHA256()))
    assert sound(one(f'<doc xmlns="urn:d" xmlns:u="urn:u"><a Id="x">t</a>{signature(info=info, value=right)}</doc>'))
