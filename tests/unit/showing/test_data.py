"""The data that signatures cover: exact octets, safe names, nothing of what does not match."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.screens import cases
from tests.screens.pss import SteadySigner
from tests.unit.showing.test_xml_page import PART, signed, verified
from vnsign import AsicPlacement, CmsPlacement, sign
from vnsign.errors import ConfigurationError
from vnsign.formats.cms.placement import CmsPackaging
from vnsign.showing import covered_data, data
from vnsign.testing.documents import application_pdf, declaration_xml
from vnsign.testing.dossier import change_once
from vnsign.testing.pki import TestPki


def made(placement: object, content: bytes | None = None) -> bytes:
    signer = SteadySigner(TestPki.load().credential("citizen"))
    given_ = application_pdf() if content is None else content
    return sign(given_, signer, placement=placement, padding="pss", at=cases.SIGNED).data  # type: ignore[arg-type]


def of(document: bytes, **options: object) -> list[tuple[str, bytes]]:
    report = verified(document)
    found = covered_data(document, report, report.signatures[0].id, **options)  # type: ignore[arg-type]
    return [(item.path, item.data) for item in found]


def test_the_signed_octets_of_xml_without_its_signed_properties():
    ((path, octets),) = of(signed(PART))
    assert path == "NoiDung.xml"
    assert octets.startswith(b"<NoiDung ")
    assert octets.endswith(b"</NoiDung>")


def test_several_references_give_several_files_of_different_names():
    document = declaration_xml().replace(b"<ChuKySo", b'<NoiDung Id="more">b</NoiDung><ChuKySo')
    from dataclasses import replace

    found = of(signed(replace(PART, more_references=("#more",)), document))
    assert [path for path, _ in found] == ["NoiDung.xml", "NoiDung-2.xml"]


def test_the_content_of_an_attached_cms_file():
    ((_, octets),) = of(made(CmsPlacement(packaging=CmsPackaging.ATTACHED)))
    assert octets == application_pdf()


def test_a_detached_cms_file_has_nothing_to_give():
    document = made(CmsPlacement(packaging=CmsPackaging.DETACHED))
    report = verified(document)
    with pytest.raises(ConfigurationError) as caught:
        covered_data(document, report, report.signatures[0].id, even_if_broken=True)
    assert caught.value.code == "NOT_ATTACHED"


def test_the_files_of_a_container():
    placement = AsicPlacement(name="to-khai.pdf", more_files=(("ban-ve/mat-bang.xml", declaration_xml()),))
    found = dict(of(made(placement)))
    assert found == {"to-khai.pdf": application_pdf(), "ban-ve/mat-bang.xml": declaration_xml()}


def test_nothing_is_handed_out_of_a_signature_that_does_not_hold():
    document = change_once(signed(PART), b"<SoLuong>2", b"<SoLuong>9")
    with pytest.raises(ConfigurationError) as caught:
        of(document)
    assert caught.value.code == "NOT_INTACT"
    with pytest.raises(ConfigurationError) as caught:
        of(document, even_if_broken=True)
    assert caught.value.code == "NO_DATA"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Windows\\x.exe", "C__Windows_x.exe"),
        ("a/./../b", "a/b"),
        ("con.txt", "_con.txt"),
        ("a\u202efdp.exe", "a_fdp.exe"),
        ("", "data"),
        ("..", "data"),
        ("x. ", "x"),
        ("tờ khai.pdf", "tờ khai.pdf"),
    ],
)
def test_names_are_made_safe(name, path):
    assert data._paths([name]) == [path]


@given(st.lists(st.text(max_size=300), max_size=6))
def test_every_name_stays_inside_and_alone(names):
    paths = data._paths(names)
    assert len({path.casefold() for path in paths}) == len(names)
    for path in paths:
        parts = PurePosixPath(path).parts
        assert parts
        assert not path.startswith("/")
        assert all(part not in (".", "..") and len(part) <= 140 and "\0" not in part and ":" not in part for part in parts)
