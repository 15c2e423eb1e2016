"""The loopback services."""

from __future__ import annotations

import base64
import hashlib
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime

import pytest
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from vnsign.errors import TimestampUnavailableError
from vnsign.net.tsa import HttpTimestampAuthority
from vnsign.testing.pki import TestPki
from vnsign.testing.servers import Reply, serve
from vnsign.testing.tsa import Lie, SimulatedTsa

MOMENT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def at() -> datetime:
    return MOMENT


def get(url: str, body: bytes | None = None) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=5) as answer:
        return bytes(answer.read())


def test_addresses_in_the_certificates_are_served(pki: TestPki) -> None:
    leaf = pki.certificate("citizen").x509
    points = leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    places = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    request = ocsp.OCSPRequestBuilder().add_certificate(leaf, pki.certificate("public-ca").x509, hashes.SHA1())
    body = request.add_extension(x509.OCSPNonce(b"0123456789abcdef"), False).build().public_bytes(Encoding.DER)
    with serve(pki, clock=at) as services:
        crl = x509.load_der_x509_crl(get(services.local(points[0].full_name[0].value)))
        answer = ocsp.load_der_ocsp_response(get(services.local(places[0].access_location.value), body))
        issuer = get(services.local(places[1].access_location.value))
    assert crl.last_update_utc == MOMENT
    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"0123456789abcdef"
    assert issuer == pki.certificate("public-ca").der


def test_ocsp_by_get_and_unknown_serial_and_nonsense(pki: TestPki) -> None:
    leaf, issuer = pki.certificate("citizen-revoked").x509, pki.certificate("public-ca").x509
    asked = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1()).build().public_bytes(Encoding.DER)
    name, key = hashlib.sha1(b"a").digest(), hashlib.sha1(b"b").digest()
    unknown = ocsp.OCSPRequestBuilder().add_certificate_by_hash(name, key, 7, hashes.SHA1()).build().public_bytes(Encoding.DER)
    with serve(pki, clock=at) as services:
        url = services.ocsp("public-ca")
        by_get = ocsp.load_der_ocsp_response(get(f"{url}/{base64.b64encode(asked).decode().replace('+', '%2B')}"))
        stranger = ocsp.load_der_ocsp_response(get(url, unknown))
        nonsense = ocsp.load_der_ocsp_response(get(url, b"nonsense"))
    assert by_get.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert stranger.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED
    assert nonsense.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_tsa_answers_and_lies_on_request(pki: TestPki) -> None:
    imprint = hashlib.sha256(b"data").digest()
    request = {"version": "v1", "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": imprint}}
    body = tsp.TimeStampReq(request).dump()
    liar = SimulatedTsa.of(pki, lie=Lie.WRONG_IMPRINT, clock=at)
    found = {}
    with serve(pki, clock=at, tsas={"public": liar}) as services:
        for family in ("public", "government"):
            response = tsp.TimeStampResp.load(get(services.tsa(family), body))
            info = response["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
            found[family] = info["message_imprint"]["hashed_message"].native
        assert services.requests == [("POST", "/vnsign/tsa/public"), ("POST", "/vnsign/tsa/government")]
    assert found["government"] == imprint
    assert found["public"] != imprint


def test_faults_are_given_instead_of_the_truth(pki: TestPki) -> None:
    path = "/vnsign/crls/public-ca/latest.crl"
    with serve(pki, faults={path: Reply(b"down", "text/plain", 503)}) as services:
        with pytest.raises(urllib.error.HTTPError) as caught:
            get(services.crl("public-ca"))
        caught.value.close()
        assert caught.value.code == 503
        with pytest.raises(urllib.error.HTTPError) as missing:
            get(services.base + "/somewhere/else")
        missing.value.close()
        assert missing.value.code == 404


def test_nothing_runs_when_the_block_has_ended(pki: TestPki) -> None:
    before = threading.active_count()
    with serve(pki) as services:
        assert services.base.startswith("http://127.0.0.1:")
    assert threading.active_count() == before
    with pytest.raises(urllib.error.URLError):
        get(services.crl("public-ca"))


def test_the_projects_own_client_takes_tokens_from_here_and_is_refused_by_a_liar(pki: TestPki) -> None:
    imprint = hashlib.sha256(b"data").digest()
    liar = SimulatedTsa.of(pki, family="government", lie=Lie.WRONG_NONCE, clock=at)
    with serve(pki, clock=at, tsas={"government": liar}) as services:
        honest = HttpTimestampAuthority(services.tsa("public"), allow=("127.0.0.1",), tries=1, timeout=10)
        info = cms.ContentInfo.load(honest.token("sha256", imprint))["content"]["encap_content_info"]["content"].parsed
        with pytest.raises(TimestampUnavailableError):
            HttpTimestampAuthority(services.tsa("government"), allow=("127.0.0.1",), tries=1, timeout=10).token(
                "sha256", imprint
            )
    assert info["message_imprint"]["hashed_message"].native == imprint
    assert info["gen_time"].native == MOMENT
