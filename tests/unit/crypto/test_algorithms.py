"""Algorithms: one form for the identifiers of CMS and of XML signatures, both ways."""

from __future__ import annotations

import pytest
from asn1crypto import algos
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from hypothesis import given
from hypothesis import strategies as st

from vnsign.crypto import algorithms, names
from vnsign.crypto.algorithms import PssParameters
from vnsign.errors import ConfigurationError
from vnsign.model.facts import SignatureAlgorithm

SHA256 = algos.DigestAlgorithm({"algorithm": "sha256"})


def of(name: str, digest: str = "sha256") -> SignatureAlgorithm:
    signature = algos.SignedDigestAlgorithm({"algorithm": name})
    return algorithms.from_cms_der(signature.dump(), algos.DigestAlgorithm({"algorithm": digest}).dump())


@pytest.mark.parametrize(
    ("name", "key", "digest", "padding"),
    [
        ("sha1_rsa", "rsa", "sha1", "pkcs1v15"),
        ("sha256_rsa", "rsa", "sha256", "pkcs1v15"),
        ("sha512_rsa", "rsa", "sha512", "pkcs1v15"),
        ("sha384_ecdsa", "ecdsa", "sha384", None),
        ("sha3_256_ecdsa", "ecdsa", "sha3_256", None),
        ("sha256_dsa", "dsa", "sha256", None),
        ("ed25519", "ed25519", None, None),
        ("ed448", "ed448", None, None),
    ],
)
def test_cms_algorithms_are_known(name: str, key: str, digest: str | None, padding: str | None) -> None:
    found = of(name)
    assert (found.key, found.digest, found.padding, found.plain_ecdsa) == (key, digest, padding, False)


def test_rsa_encryption_takes_the_digest_beside_it() -> None:
    assert of("rsassa_pkcs1v15", "sha512").digest == "sha512"


def _pss(**parameters: object) -> SignatureAlgorithm:
    signature = algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})
    return algorithms.from_cms_der(signature.dump(), SHA256.dump())


def test_pss_parameters_and_their_defaults() -> None:
    bare = algorithms.from_cms_der(bytes.fromhex("300d06092a864886f70d01010a3000"), SHA256.dump())
    assert (bare.digest, bare.mgf_digest, bare.salt_length) == ("sha1", "sha1", 20)
    mask = {"algorithm": "mgf1", "parameters": {"algorithm": "sha384"}}
    found = _pss(hash_algorithm={"algorithm": "sha512"}, mask_gen_algorithm=mask, salt_length=17)
    assert (found.key, found.padding, found.digest, found.mgf_digest, found.salt_length) == (
        "rsa",
        "pss",
        "sha512",
        "sha384",
        17,
    )


@pytest.mark.parametrize("parameters", [{"trailer_field": 2}, {"salt_length": -1}, {"salt_length": 1 << 40}])
def test_pss_parameters_that_mean_nothing_make_the_algorithm_unknown(parameters: dict[str, int]) -> None:
    assert _pss(**parameters).key == "unknown"


def test_another_mask_than_mgf1_is_unknown() -> None:
    der = algorithms.cms_identifier_der(SignatureAlgorithm("rsa", "sha256", "pss"))
    other = der.replace(bytes.fromhex("2a864886f70d010108"), bytes.fromhex("2a864886f70d010109"))
    assert other != der
    assert algorithms.from_cms_der(other, SHA256.dump()).key == "unknown"


def test_an_unknown_oid_is_named() -> None:
    found = algorithms.from_cms_der(bytes.fromhex("300506032a0304"), SHA256.dump())
    assert (found.key, found.identifier) == ("unknown", "1.2.3.4")


@given(st.binary(max_size=60), st.binary(max_size=30))
def test_any_bytes_are_an_algorithm_known_or_not(signature: bytes, digest: bytes) -> None:
    assert isinstance(algorithms.from_cms_der(signature, digest), SignatureAlgorithm)


@pytest.mark.parametrize("uri", [*names.SIGNATURE_URIS, names.XML_PSS])
def test_every_registered_uri_goes_both_ways(uri: str) -> None:
    found = algorithms.from_xml(uri, PssParameters("sha256", "sha384", 11) if uri == names.XML_PSS else None)
    assert found.identifier == uri
    assert found.key != "unknown"
    assert algorithms.signature_to_xml(found) == uri


def test_pss_of_xml_has_the_defaults_of_its_schema_or_what_is_written() -> None:
    found = algorithms.from_xml(names.XML_PSS)
    assert (found.digest, found.mgf_digest, found.salt_length) == ("sha256", "sha256", 32)
    written = algorithms.from_xml(names.XML_PSS, PssParameters("sha512", None, 20))
    assert (written.digest, written.mgf_digest, written.salt_length) == ("sha512", "sha512", 20)
    assert algorithms.from_xml(names.XML_PSS, PssParameters("sha9000")).key == "unknown"
    assert algorithms.from_xml(names.XML_PSS, PssParameters(trailer_field=2)).key == "unknown"


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha257",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha256",  # written by some, registered by nobody
        "HTTP://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    ],
)
def test_unregistered_uris_are_unknown(uri: str) -> None:
    assert algorithms.from_xml(uri) == SignatureAlgorithm("unknown", identifier=uri)


def test_hmac_is_named_as_such() -> None:
    assert algorithms.from_xml("http://www.w3.org/2000/09/xmldsig#hmac-sha1").key == "hmac"


@pytest.mark.parametrize(("uri", "name"), names.DIGEST_URIS.items())
def test_digest_uris_go_both_ways(uri: str, name: str) -> None:
    assert algorithms.digest_from_xml(uri) == name
    assert algorithms.digest_to_xml(name) == uri


def test_what_has_no_identifier_is_refused() -> None:
    assert algorithms.digest_from_xml("urn:nothing") is None
    with pytest.raises(ConfigurationError):
        algorithms.digest_to_xml("sha512_256")
    with pytest.raises(ConfigurationError):
        algorithms.signature_to_xml(SignatureAlgorithm("ecdsa", "md5"))
    with pytest.raises(ConfigurationError):
        algorithms.cms_identifier_der(SignatureAlgorithm("ecdsa", "md5"))


@pytest.mark.parametrize(
    "algorithm",
    [
        SignatureAlgorithm("rsa", "sha256", "pkcs1v15"),
        SignatureAlgorithm("rsa", "sha3_512", "pkcs1v15"),
        SignatureAlgorithm("rsa", "sha256", "pss", "sha256", 32),
        SignatureAlgorithm("rsa", "sha512", "pss", "sha256", 20),
        SignatureAlgorithm("ecdsa", "sha384"),
        SignatureAlgorithm("ecdsa", "sha256", plain_ecdsa=True),
        SignatureAlgorithm("ed25519"),
        SignatureAlgorithm("ed448"),
        SignatureAlgorithm("dsa", "sha256"),
    ],
)
def test_cms_identifiers_read_back_equal(algorithm: SignatureAlgorithm) -> None:
    found = algorithms.from_cms_der(algorithms.cms_identifier_der(algorithm), SHA256.dump())
    assert {**_fields(found), "identifier": ""} == _fields(algorithm)


def _fields(algorithm: SignatureAlgorithm) -> dict[str, object]:
    return {name: getattr(algorithm, name) for name in SignatureAlgorithm.__dataclass_fields__}


def test_the_key_decides_the_algorithm() -> None:
    rsa_key = rsa.generate_private_key(65537, 2048).public_key()
    assert algorithms.for_key(rsa_key, "sha256") == SignatureAlgorithm("rsa", "sha256", "pkcs1v15")
    assert algorithms.for_key(rsa_key, "sha384", padding="pss") == SignatureAlgorithm("rsa", "sha384", "pss", "sha384", 48)
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    assert algorithms.for_key(curve, "sha256", plain_ecdsa=True) == SignatureAlgorithm("ecdsa", "sha256", plain_ecdsa=True)
    assert algorithms.for_key(ed25519.Ed25519PrivateKey.generate().public_key(), "sha1") == SignatureAlgorithm("ed25519")
    assert algorithms.for_key(ed448.Ed448PrivateKey.generate().public_key(), "") == SignatureAlgorithm("ed448")
    assert algorithms.for_key(dsa.generate_private_key(1024).public_key(), "sha256").key == "dsa"


def test_nothing_new_is_signed_with_what_is_broken_or_does_not_fit() -> None:
    rsa_key = rsa.generate_private_key(65537, 2048).public_key()
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    for key, digest, padding in (
        (rsa_key, "sha1", None),
        (rsa_key, "md5", "pss"),
        (rsa_key, "sha256", "oaep"),
        (curve, "sha1", None),
        (curve, "sha256", "pss"),
        (x25519.X25519PrivateKey.generate().public_key(), "sha256", None),
    ):
        with pytest.raises(ConfigurationError):
            algorithms.for_key(key, digest, padding=padding)
