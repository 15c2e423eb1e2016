"""What a signer says with a signature beyond signing: commitment, policy, place, role (EN 319 122-1, EN 319 132-1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vnsign.errors import ConfigurationError

_MOST_TEXT = 1_000


class Commitment(StrEnum):
    """Commitment types of TS 119 172-1, annex B, by object identifier."""

    ORIGIN = "1.2.840.113549.1.9.16.6.1"
    RECEIPT = "1.2.840.113549.1.9.16.6.2"
    DELIVERY = "1.2.840.113549.1.9.16.6.3"
    SENDER = "1.2.840.113549.1.9.16.6.4"
    APPROVAL = "1.2.840.113549.1.9.16.6.5"
    CREATION = "1.2.840.113549.1.9.16.6.6"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignaturePolicy:
    """An explicit signature policy that the signer names.

    Attributes:
        identifier: object identifier in dotted form.
        digest: name of the digest of the policy document, ``sha256`` and the like.
        value: the digest.
        uri: where the document is; may be empty.
    """

    identifier: str
    digest: str
    value: bytes
    uri: str = ""

    def __post_init__(self) -> None:
        if not self.identifier.replace(".", "").isdigit() or not self.value:
            raise ConfigurationError(
                "a signature policy is an object identifier and the digest of its document",
                code="BAD_SIGNATURE_POLICY",
                hint="SignaturePolicy(identifier='1.2.3', digest='sha256', value=...)",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Signed statements of the signer. Nothing of it is verified by anybody; it is what the signer says.

    Attributes:
        commitments: what the signature is meant to say.
        policy: the signature policy; ``None``: none is named.
        city, province, postal_code, country: the signer's place (``signature-production-place``).
        roles: claimed roles of the signer.
    """

    commitments: tuple[Commitment, ...] = ()
    policy: SignaturePolicy | None = None
    city: str = ""
    province: str = ""
    postal_code: str = ""
    country: str = ""
    roles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        texts = (self.city, self.province, self.postal_code, self.country, *self.roles)
        if any(len(text) > _MOST_TEXT or "\0" in text for text in texts):
            raise ConfigurationError(f"a claim is longer than {_MOST_TEXT} characters", code="BAD_CLAIM", hint="shorten it")

    @property
    def placed(self) -> bool:
        """Whether a place is stated."""
        return bool(self.city or self.province or self.postal_code or self.country)


NO_CLAIMS = Claims()
"""Nothing but the signature."""
