"""Two-step XML signing: prepare, sign the octets elsewhere, finish. XAdES baseline B-B and B-T, and plain XML-DSig.

Between the steps stands one value, :class:`PreparedXml`, that can be stored and taken up by another process. The bytes of the
document are kept: the result is the input with one ``ds:Signature`` element put in (enveloping: put around the root).

Not checked here: whether the certificate may sign at that time, and who issued it; :mod:`vnsign.signing` does that first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vnsign.crypto import algorithms, digests
from vnsign.crypto.values import public_key, verify_value
from vnsign.errors import SelfCheckError, SigningError
from vnsign.formats.xml import names
from vnsign.formats.xml.c14n import canonicalize
from vnsign.formats.xml.parse import parse
from vnsign.formats.xml.placement import XmlForm, XmlPackaging, XmlPlacement, same_document_canonicalization
from vnsign.formats.xml.write_checks import (
    check_neighbours,
    check_new_ids,
    check_token,
    is_within,
    may_break,
    target_of,
    writable_algorithm,
)
from vnsign.formats.xml.write_counter import counter_place
from vnsign.formats.xml.write_position import encode, encoding_of, find_parent, span_of
from vnsign.formats.xml.write_signature import (
    SignatureSpec,
    WrittenReference,
    base64_text,
    own_references,
    signature_text,
    timestamp_text,
)
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm, SignedValue
from vnsign.model.limits import Limits
from vnsign.model.moment import utc
from vnsign.model.verdict import CheckStatus

if TYPE_CHECKING:
    from lxml import etree

_LIMITS = Limits()
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class PreparedXml:
    """A document with everything in it but the signature value. Bytes and text only: it pickles, and fits in JSON.

    Attributes:
        to_be_signed: the canonical octets of ``ds:SignedInfo``: what the key signs, after its own digest.
        before: the document up to the signature value.
        middle: from the signature value to where unsigned properties go (plain XML-DSig: to where data go).
        after: the rest.
        certificate: DER of the signing certificate.
        signature_id: ``Id`` of the signature.
        algorithm_uri: ``SignatureMethod``.
        canonicalization: ``CanonicalizationMethod``, also of the time-stamp.
        encoding: codec of the document.
        form: ``XAdES`` or ``XML-DSig``.
        tag: prefix of XML-DSig names with its colon, or nothing.
    """

    to_be_signed: bytes
    before: bytes = field(repr=False)
    middle: bytes = field(repr=False)
    after: bytes = field(repr=False)
    certificate: bytes = field(repr=False)
    signature_id: str
    algorithm_uri: str
    canonicalization: str
    encoding: str
    form: str
    tag: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The document's bytes around a new signature, the data that move into it, and the path of its parent.

    Of a counter-signature the path is that of the signature that it is on.
    """

    head: bytes
    tail: bytes
    codec: str
    data: bytes = b""
    parent: str = ""


def prepare_xml(
    document: bytes,
    *,
    certificate: Certificate,
    chain: Sequence[Certificate] = (),
    algorithm: SignatureAlgorithm,
    placement: XmlPlacement,
    at: datetime,
    digest: str = "sha256",
    limits: Limits = _LIMITS,
) -> PreparedXml:
    """Put an unfinished signature in the document and say what the key must sign.

    Args:
        document: the XML document; for a reference to external data, those data as they are.
        certificate: the signing certificate.
        chain: further certificates for ``KeyInfo``, where the placement wants them.
        algorithm: signature algorithm; must fit the certificate's key. ECDSA values may come as DER or as ``r || s``.
        placement: form and place.
        at: claimed signing time, aware.
        digest: digest of the references and of the certificate.
        limits: bounds on the document.

    Returns:
        The value to finish with :func:`embed_xml`. The same arguments give the same value.

    Raises:
        UnreadableDocumentError: no well-formed XML, or a DOCTYPE; LimitExceededError over a limit.
        ConfigurationError: ``at`` has no zone.
        SigningError: weak or unfit algorithm; parent or reference missing or ambiguous; an identifier taken; a signature
            in the document would be broken.
    """
    utc(at)
    written = writable_algorithm(certificate, algorithm, digest)
    spec = SignatureSpec(
        placement=placement,
        signature_id=placement.signature_id or derived_id(document, certificate, at),
        algorithm_uri=algorithms.signature_to_xml(written),
        digest=digest,
        certificate=certificate,
        chain=tuple(chain),
        at=at,
    )
    if placement.external:
        reference = WrittenReference(
            placement.reference,
            id=f"{spec.signature_id}-ref-0",
            value=base64_text(digests.digest(digest, document)),
            mime_type=placement.mime_type,
        )
        head = _DECLARATION.encode()
        return fill(spec, Frame(head, b"\n", "utf-8"), [reference], limits)
    tree = parse(document, limits)
    root = tree.getroot()
    check_new_ids(root, spec.signature_id)
    codec = encoding_of(document, tree.docinfo.encoding)
    if placement.counter_signs:
        return _counter(spec, document, root, limits)
    if placement.packaging is XmlPackaging.ENVELOPING:
        return _enveloping(spec, document, root, codec, limits)
    return _inside(spec, document, root, codec, limits)


def embed_xml(prepared: PreparedXml, value: bytes) -> bytes:
    """Finish the document with the signature value.

    Args:
        prepared: of :func:`prepare_xml`.
        value: the signature over ``prepared.to_be_signed``; ECDSA as DER or as ``r || s``.

    Returns:
        The signed document.

    Raises:
        SelfCheckError: the value does not verify with the certificate's key.
    """
    certificate = Certificate(prepared.certificate)
    algorithm = algorithms.from_xml(prepared.algorithm_uri, None)
    reason = "it has not the length of one"
    for candidate in _as_written(certificate, algorithm, value):
        result = verify_value(certificate, SignedValue(prepared.to_be_signed, algorithm, candidate))
        if result.status is CheckStatus.PASSED:
            text = encode(base64_text(candidate), prepared.encoding)
            return prepared.before + text + prepared.middle + prepared.after
        reason = result.reason
    raise SelfCheckError(
        f"the signature value does not verify with the key of the signing certificate: {reason}",
        code="SIGNATURE_VALUE_WRONG",
        hint="the signer used another key, another algorithm, or other octets than those prepared",
    )


def timestamp_data(signed: bytes, prepared: PreparedXml, *, limits: Limits = _LIMITS) -> bytes:
    """The octets that a signature time-stamp covers: canonical ``ds:SignatureValue`` (EN 319 132-1, 5.3).

    Raises:
        SigningError: ``signed`` is not a finished form of ``prepared``.
    """
    _value_text(signed, prepared)
    signature = _signature(parse(signed, limits).getroot(), prepared.signature_id)
    return canonicalize(signature.find(names.SIGNATURE_VALUE), prepared.canonicalization)


def embed_timestamp_xml(signed: bytes, prepared: PreparedXml, token: bytes, *, limits: Limits = _LIMITS) -> bytes:
    """Add a signature time-stamp to a signed document: XAdES B-T.

    Args:
        signed: of :func:`embed_xml`, without a time-stamp yet.
        prepared: what it was made of.
        token: DER of the time-stamp token over :func:`timestamp_data`.
        limits: bounds.

    Returns:
        The document with the unsigned property ``SignatureTimeStamp``.

    Raises:
        SigningError: the form has no place for a time-stamp, or ``signed`` is not a finished form of ``prepared``.
        TimestampUnavailableError: the token is no token, or is over other octets. Its signature and its authority are not
            checked here.
    """
    if prepared.form != XmlForm.XADES:
        raise SigningError(
            "a plain XML-DSig signature has no place for a time-stamp", code="XML_TIMESTAMP_FORM", hint="sign as XAdES"
        )
    value = _value_text(signed, prepared)
    data = timestamp_data(signed, prepared, limits=limits)
    check_token(token, lambda name: digests.digest(name, data) if name in digests.SUPPORTED else None, limits)
    text = timestamp_text(prepared.tag, prepared.signature_id, prepared.canonicalization, token)
    return prepared.before + value + prepared.middle + encode(text, prepared.encoding) + prepared.after


def derived_id(document: bytes, certificate: Certificate, at: datetime) -> str:
    """``Id`` for a signature that was given none: the same for the same document, certificate and time."""
    state = hashlib.sha256(document)
    state.update(certificate.der)
    state.update(utc(at).isoformat().encode())
    return f"sig-{state.hexdigest()[:16]}"


def _inside(spec: SignatureSpec, document: bytes, root: etree._Element, codec: str, limits: Limits) -> PreparedXml:
    placement = spec.placement
    parent = find_parent(root, placement.parent)
    references = [
        _data_reference(spec, number, uri, _digested(spec, root, parent, uri))
        for number, uri in enumerate((placement.reference, *placement.more_references))
    ]
    prepared = fill(spec, frame_in(document, codec, parent), references, limits)
    if may_break(root, parent):
        check_neighbours(document, prepared.before + prepared.middle + prepared.after, spec.signature_id, limits)
    return prepared


def frame_in(document: bytes, codec: str, parent: etree._Element) -> Frame:
    """The document around a signature that becomes the last child of an element of it."""
    span = span_of(document, codec, parent)
    path = parent.getroottree().getpath(parent)
    if span.empty:
        opened = document[: span.content - len("/>".encode(codec))] + encode(">", codec)
        return Frame(opened, encode(f"</{span.name}>", codec) + document[span.end :], codec, parent=path)
    return Frame(document[: span.end_tag], document[span.end_tag :], codec, parent=path)


def _enveloping(spec: SignatureSpec, document: bytes, root: etree._Element, codec: str, limits: Limits) -> PreparedXml:
    span = span_of(document, codec, root)
    frame = Frame(document[: span.start], document[span.end :], codec, document[span.start : span.end])
    reference = replace(_data_reference(spec, 0, f"#{spec.object_id}", ""), type=names.TYPE_OBJECT)
    prepared = fill(spec, frame, [reference], limits)
    if next(root.iter(names.SIGNATURE), None) is not None:
        check_neighbours(document, prepared.before + prepared.middle + prepared.after, spec.signature_id, limits)
    return prepared


def _counter(spec: SignatureSpec, document: bytes, root: etree._Element, limits: Limits) -> PreparedXml:
    place = counter_place(document, spec.placement.counter_signs, limits)
    value = target_of(root, place.uri, spec.placement)
    octets = canonicalize(value, same_document_canonicalization(spec.placement.data_transforms))
    data = _data_reference(spec, 0, place.uri, base64_text(digests.digest(spec.digest, octets)))
    reference = replace(data, type=names.TYPE_COUNTER_SIGNATURE, mime_type="")
    prepared = fill(spec, Frame(place.head, place.tail, place.codec, parent=place.signature), [reference], limits)
    check_neighbours(document, prepared.before + prepared.middle + prepared.after, spec.signature_id, limits)
    return prepared


def _data_reference(spec: SignatureSpec, number: int, uri: str, value: str) -> WrittenReference:
    return WrittenReference(
        uri,
        id=f"{spec.signature_id}-ref-{number}" if spec.placement.form is XmlForm.XADES else "",
        transforms=spec.placement.data_transforms,
        value=value,
        mime_type=spec.placement.mime_type,
    )


def _digested(spec: SignatureSpec, root: etree._Element, parent: etree._Element, uri: str) -> str:
    """Digest of data in the document as it is before the signature goes in, which is what ``enveloped-signature`` restores."""
    placement = spec.placement
    target = target_of(root, uri, placement)
    if names.ENVELOPED not in placement.data_transforms and is_within(parent, target):
        raise SigningError(
            f"the signature would stand inside the element {uri!r} that it signs",
            code="XML_SIGNS_ITSELF",
            hint="sign it as enveloped, or put the signature elsewhere",
        )
    method = same_document_canonicalization(placement.data_transforms)
    octets = canonicalize(target if uri else root.getroottree(), method)
    return base64_text(digests.digest(spec.digest, octets))


def fill(spec: SignatureSpec, frame: Frame, references: Sequence[WrittenReference], limits: Limits) -> PreparedXml:
    """Digest what lies inside the signature, in place, and cut the finished text.

    Args:
        spec: of the signature.
        frame: where it goes.
        references: of the data; those to the signature's own objects follow.
        limits: bounds on the document.
    """
    wanted = [*references, *own_references(spec)]
    text = signature_text(spec, wanted)
    draft = [encode(part, frame.codec) for part in text]
    tree = parse(frame.head + b"".join(draft[:3]) + frame.data + draft[3] + frame.tail, limits)
    signature = _signature(tree.getroot(), spec.signature_id)
    above = signature.getparent()
    if spec.placement.counter_signs:
        above = next(above.iterancestors(names.SIGNATURE), None)
    if frame.parent != ("" if above is None else tree.getpath(above)):
        raise SigningError(f"the signature would not stand in {frame.parent}", code="XML_POSITION")
    info = signature.find(names.SIGNED_INFO)
    filled = [_with_digest(spec, signature, reference) for reference in wanted]
    for element, reference in zip(info.iter(names.DIGEST_VALUE), filled, strict=True):
        element.text = reference.value
    parts = [encode(part, frame.codec) for part in signature_text(spec, filled)]
    return PreparedXml(
        to_be_signed=canonicalize(info, spec.placement.canonicalization),
        before=frame.head + parts[0],
        middle=parts[1],
        after=parts[2] + frame.data + parts[3] + frame.tail,
        certificate=spec.certificate.der,
        signature_id=spec.signature_id,
        algorithm_uri=spec.algorithm_uri,
        canonicalization=spec.placement.canonicalization,
        encoding=frame.codec,
        form=spec.placement.form.value,
        tag=spec.tag,
    )


def _with_digest(spec: SignatureSpec, signature: Any, reference: WrittenReference) -> WrittenReference:
    if reference.value:
        return reference
    identifier = reference.uri[1:]
    target = signature.xpath("descendant::*[@Id=$value]", value=identifier)[0]
    octets = canonicalize(target, same_document_canonicalization(reference.transforms))
    return replace(reference, value=base64_text(digests.digest(spec.digest, octets)))


def _signature(root: Any, signature_id: str) -> Any:
    found = [element for element in root.iter(names.SIGNATURE) if element.get("Id") == signature_id]
    if len(found) != 1:
        raise SigningError(f"{len(found)} signatures {signature_id!r} in the document, one is wanted", code="XML_POSITION")
    return found[0]


def _value_text(signed: bytes, prepared: PreparedXml) -> bytes:
    rest = prepared.middle + prepared.after
    if signed.startswith(prepared.before) and signed.endswith(rest) and len(signed) > len(prepared.before) + len(rest):
        return signed[len(prepared.before) : len(signed) - len(rest)]
    raise SigningError(
        "the document is not the finished form of what was prepared",
        code="XML_NOT_PREPARED",
        hint="give the bytes that embed_xml returned, unchanged",
    )


def _as_written(certificate: Certificate, algorithm: SignatureAlgorithm, value: bytes) -> list[bytes]:
    """The value as XML-DSig writes it: for ECDSA ``r || s``, also where the signer gave DER (RFC 9231, 2.3.6)."""
    if algorithm.key != "ecdsa":
        return [value]
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    key = public_key(certificate)
    size = (key.curve.group_order.bit_length() + 7) // 8 if isinstance(key, EllipticCurvePublicKey) else 0
    candidates = [value] if len(value) == 2 * size else []
    try:
        r, s = decode_dss_signature(value)
        candidates.append(r.to_bytes(size, "big") + s.to_bytes(size, "big"))
    except (ValueError, OverflowError):
        pass
    return candidates
