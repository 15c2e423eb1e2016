"""The parts of online evidence that need no network: requests, renames, bounds."""

from __future__ import annotations

import pickle

import pytest
from cryptography.x509 import OCSPNonce, ocsp

from vnsign.errors import ConfigurationError
from vnsign.net.ocsp import build_request, new_nonce
from vnsign.net.online import Online
from vnsign.net.renames import Rename, known_renames, renamed
from vnsign.testing.pki import TestPki

PKI = TestPki.load()
CITIZEN, CA = PKI.certificate("citizen"), PKI.certificate("public-ca")


def test_a_request_names_the_certificate_and_is_always_the_same():
    der = build_request(CITIZEN, CA)
    assert der == build_request(CITIZEN, CA)
    asked = ocsp.load_der_ocsp_request(der)
    named = ocsp.OCSPRequestBuilder().add_certificate(CITIZEN.x509, CA.x509, asked.hash_algorithm).build()
    assert (asked.serial_number, asked.issuer_name_hash, asked.issuer_key_hash) == (
        named.serial_number,
        named.issuer_name_hash,
        named.issuer_key_hash,
    )
    assert len(asked.extensions) == 0


def test_a_nonce_is_sent_where_it_is_wanted():
    nonce = new_nonce()
    asked = ocsp.load_der_ocsp_request(build_request(CITIZEN, CA, nonce=nonce))
    assert asked.extensions.get_extension_for_class(OCSPNonce).value.nonce == nonce
    assert len(nonce) == 32
    assert new_nonce() != nonce


@pytest.mark.parametrize(
    ("url", "now"),
    [
        ("http://public.rootca.gov.vn/crl/micnrca.crl", "https://rootca.gov.vn/crl/micnrca.crl"),
        ("http://PUBLIC.rootca.gov.vn./crl/a.crl?b", "https://rootca.gov.vn/crl/a.crl?b"),
        ("http://ocsp.ca.ptc/", "http://ocsp.ca.gov.vn/"),
        ("http://rootca.gov.vn/crl/a.crl", None),
        ("http://[half", None),
        ("", None),
    ],
)
def test_hosts_that_moved(url: str, now: str | None):
    assert renamed(url, known_renames()) == now


def test_a_rename_keeps_the_scheme_where_it_names_none():
    assert renamed("http://old.vn/a", {"old.vn": Rename("new.vn:8080")}) == "http://new.vn:8080/a"


@pytest.mark.parametrize(
    "bounds",
    [{"seconds": 0.0}, {"attempt_seconds": -1.0}, {"fetches": -1}, {"allow": ("http://a",)}, {"seconds": float("nan")}],
)
def test_a_source_that_means_nothing_is_refused(bounds):
    with pytest.raises(ConfigurationError):
        Online(**bounds)


def test_a_source_is_a_value():
    source = Online(allow=("10.0.0.0/8",), renames={"old.vn": Rename("new.vn")})
    assert pickle.loads(pickle.dumps(source)) == source
