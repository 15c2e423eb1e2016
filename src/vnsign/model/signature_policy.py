"""The signature policy that a signer names, and the documents of such policies that a verifier has (EN 319 102-1, 5.2.4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from vnsign.errors import ConfigurationError

_URN = "urn:oid:"


@dataclass(frozen=True, slots=True)
class PolicyReference:
    """The signature policy that a signature names (EN 319 122-1, 5.2.9; EN 319 132-1, 5.2.9).

    Attributes:
        identifier: object identifier in dotted form, or the URI as written; ``""`` for an implied policy.
        implied: the policy follows from elsewhere (``SignaturePolicyImplied``); there is nothing to look up.
        algorithm: name of the digest of the policy document; the OID or URI as written where it is not known.
        digest: the digest of the document; empty where the signer gave none.
        transforms: XML-DSig transforms that the document is to go through first, as URIs.
        stored: the document that the signature carries in a signature policy store, unsigned; ``None`` for none.
        fault: what is malformed; ``""`` for nothing.
    """

    identifier: str = ""
    implied: bool = False
    algorithm: str = ""
    digest: bytes = b""
    transforms: tuple[str, ...] = ()
    stored: bytes | None = field(default=None, repr=False)
    fault: str = ""


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """A signature policy document that the caller has.

    Attributes:
        data: its bytes.
        identifier: the policy that it is the document of, as object identifier or URI; ``""``: any whose digest it has.
    """

    data: bytes = field(repr=False)
    identifier: str = ""

    def __post_init__(self) -> None:
        if not self.data:
            raise ConfigurationError(
                f"the document of the signature policy {self.identifier or '(any)'} is empty",
                code="BAD_SIGNATURE_POLICY",
                hint="give the bytes of the document",
            )

    def belongs_to(self, identifier: str) -> bool:
        """Whether the caller says that it is the document of this policy."""
        return bool(self.identifier) and plain_identifier(self.identifier) == plain_identifier(identifier)


def plain_identifier(text: str) -> str:
    """An identifier without the ways of writing it: an object identifier in dotted form, a URI as it is."""
    found = text.strip()
    return found[len(_URN) :] if found.lower().startswith(_URN) else found
