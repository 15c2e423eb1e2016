"""Every wrapping in which certificates come; and what is broken names its file."""

from __future__ import annotations

import base64
import contextlib

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from hypothesis import given
from hypothesis import strategies as st

from vnsign.errors import EvidenceError
from vnsign.testing.pki import TestPki
from vnsign.trust.containers import Kind, read, read_certificates, sniff

PKI = TestPki.load()
ROOT, CA = PKI.certificate("public-root"), PKI.certificate("public-ca")
BUNDLE = pkcs7.serialize_certificates([ROOT.x509, CA.x509], Encoding.DER)
CRL = PKI.crls()[0]
OCSP = PKI.ocsp("citizen")


def pem(der: bytes, label: str = "CERTIFICATE", newline: bytes = b"\n") -> bytes:
    body = base64.encodebytes(der).replace(b"\n", newline)
    return f"-----BEGIN {label}-----".encode() + newline + body + f"-----END {label}-----".encode() + newline


ONE = {
    "der": ROOT.der,
    "der and a line end": ROOT.der + b"\r\n",
    "pem": pem(ROOT.der),
    "pem with CRLF": pem(ROOT.der, newline=b"\r\n"),
    "pem with old Mac line ends": pem(ROOT.der, newline=b"\r"),
    "pem without line ends": b"-----BEGIN CERTIFICATE-----" + base64.b64encode(ROOT.der) + b"-----END CERTIFICATE-----",
    "pem after a byte order mark": b"\xef\xbb\xbf" + pem(ROOT.der),
    "pem in UTF-16": pem(ROOT.der).decode().encode("utf-16"),
    "pem with text around": "Chứng thư số gốc\n".encode() + pem(ROOT.der) + b"\nsubject=/C=VN\n",
    "pem under an old label": pem(ROOT.der, "X509 CERTIFICATE"),
    "pem with headers": pem(ROOT.der).replace(b"-----\n", b"-----\nX-Note: a: b\n\n", 1),
    "pem beside a key": pem(b"not read", "PRIVATE KEY") + pem(ROOT.der),
    "base64 without header": base64.encodebytes(ROOT.der),
    "base64 on one line": base64.b64encode(ROOT.der),
}
TWO = {
    "two pem blocks": pem(ROOT.der) + pem(CA.der),
    "pkcs7 der": BUNDLE,
    "pkcs7 pem": pem(BUNDLE, "PKCS7"),
    "pkcs7 under the label of CMS": pem(BUNDLE, "CMS"),
    "pkcs7 under the label of a certificate": pem(BUNDLE),
    "pkcs7 with CRLF": pem(BUNDLE, "PKCS7", b"\r\n"),
    "pkcs7 base64 without header": base64.encodebytes(BUNDLE),
    "the same twice": pem(ROOT.der) + pem(CA.der) + pem(ROOT.der),
}


@pytest.mark.parametrize("data", ONE.values(), ids=ONE.keys())
def test_a_certificate_is_found_in_any_wrapping(data: bytes):
    assert read_certificates(data, "x") == (ROOT,)


@pytest.mark.parametrize("data", TWO.values(), ids=TWO.keys())
def test_several_certificates_are_found_in_any_wrapping(data: bytes):
    assert set(read_certificates(data, "x")) == {ROOT, CA}
    assert len(read_certificates(data, "x")) == 2


def test_a_bundle_of_indefinite_length_is_read():
    inner = BUNDLE[4:]
    assert set(read_certificates(b"\x30\x80" + inner + b"\0\0", "x")) == {ROOT, CA}


def test_crls_and_ocsp_answers_are_told_apart_from_certificates():
    assert [sniff(item) for item in (ROOT.der, CRL, OCSP, BUNDLE, b"", b"0\x05")] == [
        Kind.CERTIFICATE, Kind.CRL, Kind.OCSP, Kind.PKCS7, Kind.UNKNOWN, Kind.UNKNOWN,
    ]  # fmt: skip
    found = read(pem(CRL, "X509 CRL") + pem(ROOT.der) + pem(OCSP, "OCSP RESPONSE"), "x")
    assert (found.certificates, found.crls, found.ocsps) == ((ROOT,), (CRL,), (OCSP,))
    assert read(CRL, "x").crls == (CRL,)
    assert read(OCSP, "x").ocsps == (OCSP,)


@pytest.mark.parametrize(
    "data",
    [ROOT.der[:-1], ROOT.der[:200], pem(ROOT.der)[:-10], pem(ROOT.der[:-5]), pem(b""), pem(b"nonsense"), BUNDLE[:-9],
     pem(ROOT.der).replace(b"MII", b"M#I", 1), b"-----BEGIN CERTIFICATE-----\n", base64.encodebytes(ROOT.der)[:-8],
     b"\x30\x82\xff\xff" + b"\0" * 100, b"\x30\x84\xff\xff\xff\xff"],
)  # fmt: skip
def test_what_is_damaged_is_an_error_that_names_the_file(data: bytes):
    with pytest.raises(EvidenceError, match=r"^some/file\.crt: "):
        read_certificates(data, "some/file.crt")


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"file\tkind\n", b"# notes", b"%PDF-1.7", b"PK\x03\x04", pem(b"k", "EC PRIVATE KEY"), b"{}"]
)
def test_a_file_of_another_sort_holds_nothing(data: bytes):
    assert not read(data, "x")


@given(st.binary(max_size=300) | st.binary(max_size=60).map(lambda tail: BUNDLE[:40] + tail))
def test_no_bytes_raise_anything_but_the_documented_error(data: bytes):
    for form in (data, pem(data), base64.b64encode(data), b"0\x82" + data):
        with contextlib.suppress(EvidenceError):
            read(form, "x")


@given(st.integers(0, len(BUNDLE) - 1), st.integers(0, 255))
def test_a_bundle_with_a_changed_octet_raises_nothing_but_the_documented_error(at: int, octet: int):
    with contextlib.suppress(EvidenceError):
        read(BUNDLE[:at] + bytes([octet]) + BUNDLE[at + 1 :], "x")
