"""The claims of a signer as signed attributes of CMS (EN 319 122-1, 5.2)."""

from __future__ import annotations

from vnsign.crypto import algorithms, ber
from vnsign.errors import ConfigurationError
from vnsign.model.claims import Claims, SignaturePolicy
from vnsign.pki.cms_attributes import SIGNATURE_POLICY
from vnsign.pki.cms_write import attribute, oid, sequence

COMMITMENT_TYPE = "1.2.840.113549.1.9.16.2.16"
SIGNER_LOCATION = "1.2.840.113549.1.9.16.2.17"
SIGNER_ATTRIBUTES_V2 = "0.4.0.19122.1.1"
MIME_TYPE = "0.4.0.1733.2.1"

_POLICY_URI = "1.2.840.113549.1.9.16.5.1"
_TITLE = "2.5.4.12"
_UTF8_STRING, _IA5_STRING = 0x0C, 0x16


def claim_attributes(claims: Claims) -> tuple[bytes, ...]:
    """DER of every attribute that the claims ask for; none for no claims.

    Args:
        claims: what the signer says.

    Raises:
        ConfigurationError: a policy that cannot be encoded.
    """
    found = []
    if claims.commitments:
        found.append(commitment_type(claims))
    if claims.policy is not None:
        found.append(signature_policy(claims.policy))
    if claims.placed:
        found.append(signer_location(claims))
    if claims.roles:
        found.append(signer_attributes(claims))
    return tuple(found)


def commitment_type(claims: Claims) -> bytes:
    """commitment-type-indication, one value for each commitment (5.2.3)."""
    return attribute(COMMITMENT_TYPE, *(sequence(oid(item.value)) for item in dict.fromkeys(claims.commitments)))


def signature_policy(policy: SignaturePolicy) -> bytes:
    """signature-policy-identifier, with the address of the document as ``spuri`` (5.2.9.1).

    Raises:
        ConfigurationError: the identifier is no OID, the digest is not known, the address is not ASCII.
    """
    try:
        identifier, address = _checked_oid(policy.identifier), policy.uri.encode("ascii")
    except ValueError as error:
        raise ConfigurationError(
            f"a signature policy that cannot be encoded: {policy.identifier} {policy.uri}",
            code="BAD_SIGNATURE_POLICY",
            hint="an object identifier such as 1.2.3, and an address in ASCII",
        ) from error
    hashed = sequence(algorithms.digest_identifier_der(policy.digest), ber.wrap(ber.OCTET_STRING, policy.value))
    qualifier = sequence(oid(_POLICY_URI), ber.wrap(_IA5_STRING, address))
    return attribute(SIGNATURE_POLICY, sequence(identifier, hashed, *((sequence(qualifier),) if address else ())))


def _checked_oid(number: str) -> bytes:
    content = ber.oid_content(number)
    if ber.dotted(content) != number:
        raise ValueError(number)
    return oid(number)


def signer_location(claims: Claims) -> bytes:
    """signer-location: country, city as ``localityName``, province and postal code as ``postalAddress`` (5.2.5)."""
    address = [_text(item) for item in (claims.province, claims.postal_code) if item]
    fields = [
        ber.wrap(0xA0 + number, value)
        for number, value in (
            (0, _text(claims.country) if claims.country else b""),
            (1, _text(claims.city) if claims.city else b""),
            (2, sequence(*address) if address else b""),
        )
        if value
    ]
    return attribute(SIGNER_LOCATION, sequence(*fields))


def signer_attributes(claims: Claims) -> bytes:
    """signer-attributes-v2 with the roles as claimed attributes of the type ``title`` (5.2.6.1; X.520, 6.4.3)."""
    claimed = sequence(attribute(_TITLE, *map(_text, dict.fromkeys(claims.roles))))
    return attribute(SIGNER_ATTRIBUTES_V2, sequence(ber.wrap(0xA0, claimed)))


def mime_type(name: str) -> bytes:
    """mime-type: the media type of what is signed (5.2.4.2)."""
    return attribute(MIME_TYPE, _text(name))


def _text(text: str) -> bytes:
    return ber.wrap(_UTF8_STRING, text.encode())
