"""What a time-stamp on CMS structures proves to have existed (EN 319 102-1, 5.6.2.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vnsign.crypto import ber
from vnsign.crypto.ber import Element
from vnsign.errors import EvidenceError
from vnsign.model.facts import TimestampFacts
from vnsign.pki import cms_attributes as attrs
from vnsign.pki.cms_structure import Attribute, ocsp_response
from vnsign.pki.signed_data import token_of

_HOLDING_TOKENS = frozenset(
    (
        attrs.SIGNATURE_TIMESTAMP,
        "0.4.0.1733.2.4",
        "1.2.840.113549.1.9.16.2.48",
        "1.2.840.113549.1.9.16.2.27",
        "1.2.840.113549.1.9.16.2.25",
        "1.2.840.113549.1.9.16.2.26",
    )
)


@dataclass(frozen=True, slots=True)
class Protection:
    """DER of the objects covered, and whether the signature value is.

    Attributes:
        objects: certificates, CRLs and OCSP answers.
        tokens: time-stamp tokens; the validation data inside them are covered with them.
        referenced: objects covered by their digest alone.
        signature: the signature value is covered.
    """

    objects: tuple[bytes, ...] = ()
    tokens: tuple[bytes, ...] = ()
    referenced: tuple[bytes, ...] = ()
    signature: bool = False

    def __or__(self, other: Protection) -> Protection:
        return Protection(
            (*self.objects, *other.objects),
            (*self.tokens, *other.tokens),
            (*self.referenced, *other.referenced),
            self.signature or other.signature,
        )

    def names(self, signature_id: str, stamps: Sequence[TimestampFacts]) -> tuple[str, ...]:
        """As :attr:`TimestampFacts.protects` has it; ``stamps`` are those read, for the validation data in the tokens."""
        inside = [der for stamp in stamps if stamp.der in self.tokens for der in held_by(stamp)]
        ders = dict.fromkeys((*self.objects, *self.tokens, *inside, *self.referenced))
        found = [hashlib.sha256(der).hexdigest() for der in ders]
        return (f"signature:{signature_id}", *found) if self.signature else tuple(found)


def held_by(stamp: TimestampFacts) -> tuple[bytes, ...]:
    """The certificates and revocation data inside a token."""
    return (*(item.der for item in stamp.token.certificates), *stamp.token.crls, *stamp.token.ocsps)


def of_attributes(attributes: Sequence[Attribute]) -> Protection:
    """What unsigned attributes hold: certificate-values, revocation-values, time-stamps. What is malformed holds nothing."""
    objects: list[bytes] = []
    tokens: list[bytes] = []
    for attribute in attributes:
        try:
            objects += (item.encoding for item in attrs.certificate_values((attribute,)))
            revocation = attrs.revocation_values((), (attribute,))
            objects += (*revocation.crls, *revocation.ocsps)
            if attribute.oid in _HOLDING_TOKENS:
                tokens += (token_of(value) for value in attribute.values)
        except EvidenceError:
            continue
    return Protection(tuple(objects), tuple(tokens))


def of_revocation(found: Iterable[Element]) -> Protection:
    """CRLs and OCSP answers of the field ``crls``."""
    objects = []
    for item in found:
        if item.tag == ber.SEQUENCE:
            objects.append(item.encoding)
            continue
        answer = ocsp_response(item)
        if answer is not None:
            objects.append(answer)
    return Protection(tuple(objects))
