"""``gca.ctl``: read tolerantly, bounded, and nothing in it is trusted."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.lists.kit import PKI
from vnsign.errors import EvidenceError
from vnsign.lists.ctl import looks_like_ctl, read_ctl

CA, ROOT = PKI.certificates("public-ca", "public-root")
HEAD = {"Version": 1, "ListIdentifier": "gca", "SequenceNumber": 12, "ThisUpdate": "2026-01-01", "NextUpdate": "2026-07-01"}


def text(certificate) -> str:
    return base64.b64encode(certificate.der).decode()


def ctl(entries: object, name: str = "Cerificates") -> bytes:
    return json.dumps({**HEAD, name: entries}).encode()


@pytest.mark.parametrize(
    "entry",
    [
        text(CA),
        "-----BEGIN CERTIFICATE-----\n" + text(CA) + "\n-----END CERTIFICATE-----\n",
        {"Subject": "CN=x", "RawData": text(CA)},
        {"a": {"b": [text(CA)]}},
    ],
)
@pytest.mark.parametrize("name", ["Cerificates", "Certificates", "certificates"])
def test_certificates_are_found_whatever_an_entry_looks_like(entry, name):
    found = read_ctl(b"\xef\xbb\xbf" + ctl([entry, entry], name))
    assert found.certificates == (CA,)
    assert (found.version, found.identifier, found.sequence_number, found.next_update) == ("1", "gca", "12", "2026-07-01")


def test_entries_without_a_certificate_are_counted():
    assert read_ctl(ctl([text(ROOT), "AAAA", 3, None, {"x": "?"}])).left_out == 4


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"{", ctl("x"), b"[" * 100_000, b"\xff\xfe", b"<a/>", b'{"a":' * 50_000])
def test_what_is_no_such_list_is_refused(data):
    with pytest.raises(EvidenceError) as caught:
        read_ctl(data)
    assert caught.value.code == "CTL_FORMAT"


def test_too_many_entries_and_too_many_bytes_are_refused(monkeypatch):
    from vnsign.lists import ctl as module

    monkeypatch.setattr(module, "MAX_CTL_CERTIFICATES", 2)
    assert read_ctl(ctl(["a", "b"])).left_out == 2
    for data in (ctl(["a", "b", "c"]), b" " * (module.MAX_CTL_BYTES + 1)):
        with pytest.raises(EvidenceError) as caught:
            read_ctl(data)
        assert caught.value.code == "LIMIT_EXCEEDED"


def test_a_list_is_told_from_xml_by_its_first_character():
    assert looks_like_ctl(b"\xef\xbb\xbf \n{")
    assert not looks_like_ctl(b"<TrustServiceStatusList/>")


@given(st.binary(max_size=200))
def test_any_bytes_end_in_our_own_error(data):
    with pytest.raises(EvidenceError):
        read_ctl(data)
