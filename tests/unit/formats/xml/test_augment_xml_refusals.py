"""What is not raised, and why; hostile documents; other bytes and other signatures stay as they are."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.formats.xml.raising_support import (
    archived,
    facts_of,
    material,
    put_in,
    raised,
    stamped,
    token,
)
from tests.unit.formats.xml.signing_support import reads_back, sign
from vnsign.errors import ConfigurationError, LimitExceededError, SigningError, UnreadableDocumentError, VnsignError
from vnsign.formats.material import Material
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.augment import add_material, begin_archive_timestamp, begin_signature_timestamp
from vnsign.formats.xml.names import C14N_10, C14N_EXCLUSIVE
from vnsign.formats.xml.placement import XmlForm, XmlPlacement
from vnsign.formats.xml.read import read_xml
from vnsign.model.facts import SignatureKind
from vnsign.model.limits import Limits

DOCUMENT = '<HoSo xmlns:x="urn:x"><Don Id="data">Nguyễn Thị Ánh</Don><Ky/><Khac/></HoSo>'.encode()
WHOLE = XmlPlacement.xades_enveloped(signature_id="S")
ALL = (
    lambda document, **more: begin_signature_timestamp(document, "S", **more),
    lambda document, **more: add_material(document, "S", material(), **more),
    lambda document, **more: begin_archive_timestamp(document, "S", **more),
)
STEPS = pytest.mark.parametrize("step", ALL, ids=["timestamp", "material", "archive"])


def code_of(step, document, **more):
    with pytest.raises(VnsignError) as error:
        step(document, **more)
    assert error.value.hint or isinstance(error.value, UnreadableDocumentError | ConfigurationError)
    return error.value.code


@STEPS
def test_a_plain_signature_has_no_place_for_time_stamps(step):
    document, _ = sign(DOCUMENT, XmlPlacement(form=XmlForm.XMLDSIG, signature_id="S"))
    assert code_of(step, document) == "XML_TIMESTAMP_FORM"


@STEPS
@pytest.mark.parametrize("version", ["v1.1.1#", "v1.2.2#"])
def test_old_versions_of_xades_are_named_and_refused(step, version):
    document, _ = sign(DOCUMENT, WHOLE)
    assert code_of(step, document.replace(b"01903/v1.3.2#", b"01903/" + version.encode())) == "XADES_VERSION"


@STEPS
def test_a_signature_that_is_not_there_is_named(step):
    document, _ = sign(DOCUMENT, XmlPlacement.xades_enveloped(signature_id="T"))
    assert code_of(step, document) == "NO_SUCH_SIGNATURE"


@STEPS
@pytest.mark.parametrize(("old", "new"), [("Ánh", "Anh"), ("SigningTime>2026", "SigningTime>2025")])
def test_a_broken_signature_is_not_raised(step, old, new):
    document, _ = sign(DOCUMENT, WHOLE)
    assert code_of(step, document.replace(old.encode(), new.encode())) == "XML_SIGNATURE_BROKEN"


@STEPS
def test_properties_that_nobody_signed_are_not_raised(step):
    document, _ = sign(DOCUMENT, WHOLE)
    other = document.replace(b'"#S-signed-properties"', b'"#S-value"')
    assert code_of(step, other) in ("XADES_STRUCTURE", "XML_SIGNATURE_BROKEN")


@STEPS
@pytest.mark.parametrize(
    "inside",
    [
        "<xades:UnsignedProperties/><xades:UnsignedProperties/>",
        f"<xades:UnsignedProperties>{2 * '<xades:UnsignedSignatureProperties/>'}</xades:UnsignedProperties>",
        '<o:UnsignedProperties xmlns:o="http://uri.etsi.org/01903/v1.2.2#"/>',
    ],
)
def test_unsigned_properties_in_two_places_are_not_guessed_at(step, inside):
    document, _ = sign(DOCUMENT, WHOLE)
    end = b"</xades:QualifyingProperties>"
    assert code_of(step, document.replace(end, inside.encode() + end)) == "XADES_STRUCTURE"


@STEPS
def test_a_signature_that_another_one_covers_is_not_touched(step):
    first, _ = sign(DOCUMENT, XmlPlacement.xades_detached("#data", parent="/HoSo/Ky", signature_id="S"))
    both, outer = sign(first, XmlPlacement.xades_enveloped(parent="/HoSo/Khac", signature_id="outer"), number=1)
    assert code_of(step, both) == "XML_BREAKS_SIGNATURE"
    assert reads_back(raised(both, "outer"), outer)


def test_behind_an_evidence_record_everything_new_stands_behind_it():
    """A record of evidence is over the properties before it, as an archive time-stamp is (EN 319 132-3)."""
    document = stamped(sign(DOCUMENT, WHOLE)[0], "S")
    end = b"</xades:UnsignedSignatureProperties>"
    record = b'<e:SealingEvidenceRecords xmlns:e="http://uri.etsi.org/19132/v1.1.1#"/>'
    document = document.replace(end, record + end)
    made = put_in(document, add_material(document, "S", material()))
    assert b"TimeStampValidationData" in made
    assert add_material(document, "S", material()).index(record) < add_material(document, "S", material()).index(made)


@STEPS
def test_a_counter_signature_under_an_archive_time_stamp_is_not_touched(step):
    """What is put in it would break the time-stamp of the signature that it is on."""
    first, _ = sign(DOCUMENT, XmlPlacement.xades_enveloped(signature_id="outer"))
    countered, _ = sign(first, XmlPlacement.counter_signature("outer", signature_id="S"), number=1)
    assert facts_of(raised(countered, "S"), "S").level == "B-LTA"
    assert code_of(step, archived(stamped(countered, "outer"), "outer")) == "XML_BREAKS_SIGNATURE"


def test_an_archive_time_stamp_needs_the_detached_data():
    document, _ = sign(b"data", XmlPlacement.xades_detached("a.bin", signature_id="S"))
    with_stamp = add_material(stamped(document, "S"), "S", material())
    for external, code in (({}, "XML_EXTERNAL_DATA"), ({"a.bin": b"other"}, "XML_SIGNATURE_BROKEN")):
        assert code_of(ALL[2], with_stamp, external=external) == code
    assert archived(with_stamp, "S", external={"a.bin": b"data"})


@STEPS
def test_documents_that_cannot_be_read_are_unreadable(step):
    document, _ = sign(DOCUMENT, WHOLE)
    assert code_of(step, b"<!DOCTYPE HoSo>" + document) == "XML_DOCTYPE"
    assert code_of(step, document[:-5]) == "XML_NOT_WELL_FORMED"
    assert code_of(step, b"") == "XML_NOT_WELL_FORMED"
    assert code_of(step, document, limits=Limits(xml_bytes=1000)) == "LIMIT_EXCEEDED"


@pytest.mark.parametrize("digest", ["sha1", "md5", "sha224", "nonsense"])
@pytest.mark.parametrize("step", [ALL[0], ALL[2]])
def test_weak_digests_are_not_used_for_time_stamps(step, digest):
    assert code_of(step, sign(DOCUMENT, WHOLE)[0], digest=digest) == "WEAK_ALGORITHM"


def test_no_more_is_put_in_than_is_read_again():
    document = stamped(stamped(sign(DOCUMENT, WHOLE)[0], "S"), "S")
    with pytest.raises(LimitExceededError):
        begin_archive_timestamp(document, "S", limits=Limits(timestamps=2))
    assert begin_archive_timestamp(document, "S", limits=Limits(timestamps=3))
    with pytest.raises(LimitExceededError):
        add_material(document, "S", material(), limits=Limits(crl_bytes=100))
    with pytest.raises(SigningError) as error:
        add_material(document, "S", material(), limits=Limits(certificates=1))
    assert error.value.code == "XML_MATERIAL"


@pytest.mark.parametrize("junk", [Material((b"\x30\x00",)), Material((b"",)), Material((b"x" * 50,))])
def test_certificates_that_are_none_are_not_put_in(junk):
    document, _ = sign(DOCUMENT, WHOLE)
    with pytest.raises(SigningError) as error:
        add_material(document, "S", junk)
    assert error.value.code == "MATERIAL_MALFORMED"
    with pytest.raises(SigningError) as error:
        add_material(raised(document, "S"), "S", junk)
    assert error.value.code == "MATERIAL_MALFORMED"


def test_random_damage_ends_in_an_answer_or_in_our_own_error():
    """Whatever a document became: it is raised, and then holds as it did, or refused."""
    generator = random.Random(4)
    document = raised(sign(DOCUMENT, WHOLE)[0], "S")
    answered = 0
    for _ in range(150):
        octets = bytearray(document)
        for _ in range(generator.randint(1, 3)):
            place = generator.randrange(len(octets))
            octets[place : place + generator.choice((0, 1, 1, 7))] = generator.choice((b"<", b"/>", b"x", b"", b'"', b"&#0;"))
        try:
            pending = begin_archive_timestamp(bytes(octets), "S")
            made = add_material(pending.embed(token(pending.imprint)), "S", material())
            assert facts_of(made, "S").digests
            answered += 1
        except VnsignError:
            continue
    assert answered > 10


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cc", "Cs", "Cn")), max_size=12)
_NAME = st.sampled_from(["a", "ds", "xades", "xades141", "q", "Object", "QualifyingProperties", "UnsignedProperties"])
_ASIDE = st.sampled_from(
    ["", " ", "\n\t", "<!-- </ds:Object> <xades:UnsignedProperties> -->", "<?xades </xades:QualifyingProperties> ?>", "]]&gt;"]
)


@st.composite
def _documents(draw):
    """Documents whose prefixes, names and asides are those that a signature uses."""
    names = [draw(_NAME) for _ in range(3)]
    scope = "".join(
        f' xmlns:{prefix}="{draw(st.sampled_from(["urn:a", "http://uri.etsi.org/01903/v1.3.2#", "http://www.w3.org/2000/09/xmldsig#"]))}"'
        for prefix in sorted(set(draw(st.lists(st.sampled_from(["ds", "xades", "xades141", "q"]), max_size=4))))
    )
    text = draw(_TEXT).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    inner = f'<{names[1]} v="{draw(st.sampled_from([">", "/>", "</a>".replace("<", "&lt;")]))}">{text}</{names[1]}>'
    body = f"<{names[0]}{scope}>{draw(_ASIDE)}{inner}{draw(_ASIDE)}<![CDATA[</{names[2]}>]]><{names[2]}/></{names[0]}>"
    encoding = draw(st.sampled_from(["utf-8", "utf-16"]))
    return f'<?xml version="1.0" encoding="{encoding}"?>{draw(_ASIDE).replace("]]&gt;", "")}{body}'.encode(encoding)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_documents(), st.sampled_from(["ds", "", "sig"]), st.sampled_from([C14N_10, C14N_EXCLUSIVE]))
def test_in_any_document_only_the_new_text_is_new_and_every_signature_holds(document, prefix, method):
    placement = replace(WHOLE, prefix=prefix, canonicalization=method)
    signed, prepared = sign(document, placement)
    with_stamp = stamped(signed, "S")
    put_in(signed, with_stamp)
    with_material = add_material(with_stamp, "S", material())
    made = archived(with_material, "S")
    put_in(with_material, made)
    assert reads_back(made, prepared)
    found = facts_of(made, "S")
    assert found.level == "B-LTA"
    assert all(item.imprint.matches for item in found.timestamps)


@pytest.mark.corpus
def test_other_peoples_signatures_are_raised_and_their_time_stamps_stay_whole(shared_data: Path):
    """Every XAdES file of the collection: raised to B-LTA, or refused with a reason."""
    outcomes: dict[str, int] = {}
    for file in sorted((shared_data / "corpora" / "xml-dss").rglob("*.xml")):
        data = file.read_bytes()
        for before in _signatures(data)[:2]:
            try:
                made = raised(data, before.id)
                word = "raised"
            except VnsignError as error:
                outcomes[error.code] = outcomes.get(error.code, 0) + 1
                continue
            after = facts_of(made, before.id)
            old = [item.imprint.matches for item in before.timestamps]
            new = [item for item in after.timestamps if item.gen_time == datetime(2026, 6, 1, 8, tzinfo=UTC)]
            assert [item.imprint.matches for item in after.timestamps if item not in new] == old, file.name
            assert [item.imprint.matches for item in new] == [True, True], file.name
            outcomes[word] = outcomes.get(word, 0) + 1
    assert outcomes["raised"] > 80
    assert set(outcomes) <= {
        "raised",
        "XADES_STRUCTURE",
        "XADES_VERSION",
        "XML_SIGNATURE_BROKEN",
        "XML_TIMESTAMP_FORM",
        "XML_EXTERNAL_DATA",
    }


def _signatures(data: bytes):
    try:
        found = read_xml(DocumentSource("document", data=data), limits=Limits()).signatures
        return [item for item in found if item.kind is not SignatureKind.EVIDENCE_RECORD]
    except UnreadableDocumentError:
        return ()
