"""A second reading of a CMS signature just made, by independent programs: asn1crypto for structure, pyHanko for the rest.

It reads mathematics and structure only: the certificate is the caller's, judged elsewhere, and time plays no part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from vnsign.errors import SelfCheckError
from vnsign.formats.cms.decode import decode
from vnsign.formats.cms.edit import path_of
from vnsign.model.certificate import Certificate

LARGEST = 64 * 1024 * 1024
"""Bytes: asn1crypto copies a structure several times."""

_NO_DATA: Mapping[str, bytes] = {}
_SIGNATURE_TIMESTAMP = "1.2.840.113549.1.9.16.2.14"
_COUNTER_SIGNATURE = "1.2.840.113549.1.9.6"


def second_reading(
    signed: bytes, signature_id: str, certificate: Certificate, *, external: Mapping[str, bytes] = _NO_DATA
) -> str:
    """Have a signature and the imprints of its time-stamps verified once more.

    Args:
        signed: the CMS file.
        signature_id: the signature to read; others are left alone.
        certificate: the signing certificate; its key is what the value is verified with.
        external: the detached content, as its only entry.

    Returns:
        Nothing where it agreed; else why it was not read.

    Raises:
        SelfCheckError: ``SECOND_READING``: it does not verify the signature.
    """
    if len(signed) > LARGEST:
        return f"files over {LARGEST} bytes are not read twice"
    try:
        fault = next(_faults(decode(signed), signature_id, certificate, external), "")
    except Exception as error:  # whatever it throws, it did not agree
        raise _disagreed(signature_id, f"{type(error).__name__}: {error}") from error
    if fault:
        raise _disagreed(signature_id, fault)
    return ""


def _faults(der: bytes, signature_id: str, certificate: Certificate, external: Mapping[str, bytes]) -> Iterator[str]:
    from asn1crypto import cms, x509

    content = cms.ContentInfo.load(der, strict=not der.endswith((b"\0", b"\n")))["content"]
    first, *rest = path_of(signature_id)
    signer = content["signer_infos"][first]
    octets = content["encap_content_info"]["content"].native
    data = next(iter(external.values()), None) if octets is None else octets
    if data is None:
        yield "the detached content is missing"
        return
    for number in rest:
        data = signer["signature"].native
        signer = [value for item in signer["unsigned_attrs"] if _kind(item) == _COUNTER_SIGNATURE for value in item["values"]][
            number
        ]
        signer = cms.SignerInfo.load(signer.dump())
    holder = x509.Certificate.load(certificate.der)
    named = signer["sid"].chosen
    if named["serial_number"].native != holder.serial_number or named["issuer"] != holder.issuer:
        yield "it names another certificate"
    kind = "" if rest else content["encap_content_info"]["content_type"].native
    yield from _value_faults(signer, holder, data, kind)
    yield from _timestamp_faults(signer)


def _value_faults(signer: Any, holder: Any, data: bytes, kind: str) -> Iterator[str]:
    from cryptography.exceptions import InvalidSignature
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity
    from pyhanko_certvalidator.sig_validate import DefaultSignatureValidator, SignatureValidationContext

    name = signer["digest_algorithm"]["algorithm"].native
    digest = hashlib.new(name, data).digest()
    if kind:
        intact, valid = validate_sig_integrity(signer, holder, kind, digest)
    else:  # a counter-signature has no content type, which that function asks for
        attributes = signer["signed_attrs"].untag()
        expected = [item["values"][0].native for item in attributes if item["type"].native == "message_digest"]
        intact, valid = expected == [digest], True
        context = SignatureValidationContext(contextual_md_algorithm=name, prehashed=False)
        try:
            DefaultSignatureValidator().validate_signature(
                signer["signature"].native,
                attributes.dump(),
                holder.public_key,
                signer["signature_algorithm"],
                context=context,
            )
        except InvalidSignature:
            valid = False
    if not intact:
        yield "the message digest is of other data"
    if not valid:
        yield "the value does not verify"


def _timestamp_faults(signer: Any) -> Iterator[str]:
    from asn1crypto import cms, tsp

    unsigned = signer["unsigned_attrs"]
    for item in unsigned if isinstance(unsigned, cms.CMSAttributes) else ():  # else the field is absent
        for value in item["values"] if _kind(item) == _SIGNATURE_TIMESTAMP else ():
            token = cms.ContentInfo.load(value.dump())["content"]["encap_content_info"]["content"]
            imprint = tsp.TSTInfo.load(token.parsed.dump() if hasattr(token, "parsed") else token.native)["message_imprint"]
            found = hashlib.new(imprint["hash_algorithm"]["algorithm"].native, signer["signature"].native).digest()
            if imprint["hashed_message"].native != found:
                yield "a signature time-stamp is over another value"


def _kind(attribute: Any) -> str:
    return str(attribute["type"].dotted)


def _disagreed(signature_id: str, why: str) -> SelfCheckError:
    return SelfCheckError(
        f"the second reading does not verify the signature {signature_id!r}: {why}",
        code="SECOND_READING",
        hint="please report this document: two readings of one signature differ",
    )
