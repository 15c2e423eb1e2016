"""The addresses that certificates name."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from hypothesis import given
from hypothesis import strategies as st

from vnsign.model.certificate import Certificate
from vnsign.pki.pointers import Pointers, pointers
from vnsign.testing.pki import TestPki

from .builders import Template, issue, root

PKI = TestPki.load()
BASE = "http://pki.vnsign.test/vnsign"


def uri(text: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(text)


def access(*pairs) -> x509.AuthorityInformationAccess:
    return x509.AuthorityInformationAccess([x509.AccessDescription(method, name) for method, name in pairs])


def points(*names) -> x509.CRLDistributionPoints:
    return x509.CRLDistributionPoints([x509.DistributionPoint([name], None, None, None) for name in names])


def made(*extensions) -> Certificate:
    return issue("Leaf", root(), Template(extensions=tuple((item, False) for item in extensions))).certificate


def test_the_test_pki_names_its_services():
    assert pointers(PKI.certificate("citizen")) == Pointers(
        (f"{BASE}/certs/public-ca/ca.crt",), (f"{BASE}/ocsp/public-ca",), (f"{BASE}/crls/public-ca/latest.crl",)
    )
    assert pointers(PKI.certificate("public-root")) == Pointers()


def test_only_web_addresses_count_each_once_and_eight_at_most():
    found = pointers(
        made(
            access(
                (Access.OCSP, uri("ldap://a.vn/")),
                (Access.OCSP, uri("HTTP://a.vn/")),
                (Access.OCSP, uri("HTTP://a.vn/")),
                (Access.CA_ISSUERS, x509.DNSName("a.vn")),
                (Access.CA_ISSUERS, uri("file:///etc/passwd")),
                (Access.CA_ISSUERS, uri("https://a.vn/ca.p7b")),
            ),
            points(*(uri(f"http://a.vn/{number}.crl") for number in range(20)), uri("http://a.vn/" + "a" * 3000)),
        )
    )
    assert found.issuers == ("https://a.vn/ca.p7b",)
    assert found.responders == ("HTTP://a.vn/",)
    assert found.crls == tuple(f"http://a.vn/{number}.crl" for number in range(8))


@pytest.mark.parametrize("oid", ["1.3.6.1.5.5.7.1.1", "2.5.29.31"])
def test_extensions_that_cannot_be_read_name_nothing(oid: str):
    certificate = made(x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), b"\x30\x82\xff\xff\x00"))
    assert pointers(certificate) == Pointers()


@given(st.binary(max_size=300))
def test_arbitrary_bytes_name_nothing(data: bytes):
    assert pointers(Certificate(data)) == Pointers()


@pytest.mark.corpus
def test_the_civil_service_ca_is_read_as_published(shared_data):
    from vnsign.trust.containers import read_certificates

    found = {
        pointers(item)
        for file in sorted((shared_data / "trust").rglob("*"))
        if file.suffix in (".crt", ".cer", ".pem", ".der")
        for item in read_certificates(file.read_bytes(), file.name)
    }
    assert any("http://ocsp.ca.gov.vn/" in item.responders or "http://ocsp.ca.gov.vn" in item.responders for item in found)
    assert any("http://ca.gov.vn/pki/pub/crl/rootcag2.crl" in item.crls for item in found)
