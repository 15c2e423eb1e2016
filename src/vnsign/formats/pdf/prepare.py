"""Two-step PDF signing: prepare, sign the octets elsewhere, finish. PAdES baseline B-B and B-T (EN 319 142-1).

Between the steps stands one value, :class:`PreparedPdf`, that can be stored and taken up by another process. The result is
the input followed by one incremental update; not a byte of the input is changed.

Not checked here: whether the certificate may sign at that time, and who issued it; :mod:`vnsign.signing` does that first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from vnsign.errors import SigningError
from vnsign.formats.appended import Appended
from vnsign.formats.pdf.placement import PdfPlacement
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm
from vnsign.model.moment import utc
from vnsign.pki.cms_claims import claim_attributes
from vnsign.pki.cms_write import message_digest_name, signed_attributes, signed_data

ROOM_FOR_TOKEN = 12 * 1024
"""Bytes reserved for a time-stamp token with its certificates; those seen take 3 to 8 KiB."""

_ROOM_FOR_STRUCTURE = 1024


@dataclass(frozen=True, slots=True)
class PreparedPdf:
    """A document with everything in it but the signature. Bytes, text and numbers: it pickles, and fits in JSON.

    Attributes:
        to_be_signed: DER of the signed attributes: what the key signs, after its own digest.
        document: the document as it was.
        update: what is appended to it, with an empty place for the signature.
        start: offset of the ``<`` of ``Contents``.
        end: offset after its ``>``.
        message_digest: digest of the byte ranges; not what the key signs.
        digest: name of that digest.
        algorithm: the signature algorithm.
        certificate: DER of the signing certificate.
        chain: DER of further certificates.
        field_name: name of the signature field.
    """

    to_be_signed: bytes
    document: bytes = field(repr=False)
    update: bytes = field(repr=False)
    start: int
    end: int
    message_digest: bytes
    digest: str
    algorithm: SignatureAlgorithm
    certificate: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    field_name: str

    @property
    def room(self) -> int:
        """Bytes that the CMS may take."""
        return (self.end - self.start - 2) // 2


def prepare_pdf(
    document: bytes,
    *,
    certificate: Certificate,
    chain: Sequence[Certificate] = (),
    algorithm: SignatureAlgorithm,
    placement: PdfPlacement,
    at: datetime,
    with_timestamp: bool = False,
    password: str | None = None,
) -> PreparedPdf:
    """Append an unfinished signature to a document and say what the key must sign.

    Args:
        document: the PDF, signed already or not.
        certificate: the signing certificate.
        chain: further certificates to embed.
        algorithm: signature algorithm; must fit the certificate's key.
        placement: field, place, texts.
        at: claimed signing time, aware.
        with_timestamp: reserve room for a time-stamp token.
        password: opens an encrypted document.

    Returns:
        The value to finish with :func:`embed_pdf`. The same arguments give the same value, except for encrypted documents,
        whose encryption is random.

    Raises:
        UnreadableDocumentError: not a PDF that can be updated, or encrypted without the right password.
        ConfigurationError: ``at`` has no zone, the algorithm has no identifier in CMS, or a claim cannot be encoded.
        SigningError: the document is certified as final, the field is taken or locked, no such page.
    """
    from vnsign.formats.pdf.write_adapter import reserve
    from vnsign.pki.identity import read_signer

    moment = utc(at)
    digest = message_digest_name(algorithm)
    claims = _claims(placement)
    size = _ROOM_FOR_STRUCTURE + _certificates_size(certificate, chain) + _value_size(certificate)
    size += len(signed_attributes(certificate, algorithm, bytes(64), further=claims))
    size += ROOM_FOR_TOKEN if with_timestamp else 0
    reserved = reserve(
        document,
        placement=placement,
        at=moment,
        signer_name=placement.name or read_signer(certificate).name,
        digest=digest,
        size=size,
        password=password,
    )
    return PreparedPdf(
        to_be_signed=signed_attributes(certificate, algorithm, reserved.digest, further=claims),
        document=document,
        update=reserved.update,
        start=reserved.start,
        end=reserved.end,
        message_digest=reserved.digest,
        digest=digest,
        algorithm=algorithm,
        certificate=certificate.der,
        chain=tuple(item.der for item in chain),
        field_name=reserved.field,
    )


def embed_pdf(prepared: PreparedPdf, value: bytes, timestamp_token: bytes | None = None) -> bytes:
    """The signed document in one piece. See :func:`finish_pdf`."""
    return finish_pdf(prepared, value, timestamp_token).join()


def finish_pdf(prepared: PreparedPdf, value: bytes, timestamp_token: bytes | None = None) -> Appended:
    """Finish the document with the signature value.

    Args:
        prepared: of :func:`prepare_pdf`.
        value: the signature over ``prepared.to_be_signed``; ECDSA in DER. It is not verified here.
        timestamp_token: DER of a token whose imprint is over ``value``.

    Returns:
        The signed document: the input, not copied, and the update.

    Raises:
        SigningError: the CMS is larger than the place reserved for it (``PLACEHOLDER_TOO_SMALL``).
    """
    content = signed_data(
        prepared.to_be_signed,
        certificate=Certificate(prepared.certificate),
        chain=[Certificate(der) for der in prepared.chain],
        algorithm=prepared.algorithm,
        value=value,
        timestamp_token=timestamp_token,
    )
    if len(content) > prepared.room:
        raise SigningError(
            f"the signature takes {len(content)} bytes, {prepared.room} were reserved",
            code="PLACEHOLDER_TOO_SMALL",
            hint="prepare anew: with a time-stamp where one is added, or with fewer certificates in the chain",
        )
    digits = content.hex().encode().ljust(2 * prepared.room, b"0")
    start, end = (offset - len(prepared.document) for offset in (prepared.start + 1, prepared.end - 1))
    return Appended(prepared.document, prepared.update[:start] + digits + prepared.update[end:])


def _claims(placement: PdfPlacement) -> tuple[bytes, ...]:
    """The signed attributes of the claims. PAdES states the place in the dictionary's ``Location`` (EN 319 142-1, 6.3)."""
    return claim_attributes(replace(placement.claims, city="", province="", postal_code="", country=""))


def _certificates_size(certificate: Certificate, chain: Sequence[Certificate]) -> int:
    return sum(len(item.der) for item in {certificate, *chain})


def _value_size(certificate: Certificate) -> int:
    """Upper bound: an RSA value is as long as the modulus, which is in the certificate; others are under 256 bytes."""
    return max(256, len(certificate.der))
