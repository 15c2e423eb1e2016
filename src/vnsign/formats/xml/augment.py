"""XAdES signatures raised a level: signature time-stamps, validation material, archive time-stamps (EN 319 132-1, 5.3 to 5.5).

Anyone's XAdES 1.3.2 signature is raised, whatever its prefixes and wherever it stands. Text is put in at byte positions; every
other byte of the document stays as it is, and so does what the other signatures and their time-stamps cover.

Not checked here: the signature's value, and whom a time-stamp is from; :mod:`vnsign.signing` does that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from vnsign.crypto import digests
from vnsign.errors import ConfigurationError, SelfCheckError, SigningError
from vnsign.formats.material import Material
from vnsign.formats.xml import names
from vnsign.formats.xml.faults import Fault
from vnsign.formats.xml.parse import parse
from vnsign.formats.xml.placement import without_comments
from vnsign.formats.xml.read import find_signature, reading_of
from vnsign.formats.xml.write_checks import STRONG_DIGESTS, check_neighbours, check_token, check_unharmed
from vnsign.formats.xml.write_material import material_edits, new_material
from vnsign.formats.xml.write_position import encode
from vnsign.formats.xml.write_signature import base64_text
from vnsign.formats.xml.write_unsigned import (
    Opened,
    Words,
    add_properties,
    check_room_for_timestamp,
    edited,
    open_signature,
    words_for,
)
from vnsign.formats.xml.xades_timestamps import Stamped, archive_octets, value_octets
from vnsign.model.facts import DigestRole
from vnsign.model.limits import Limits

_LIMITS = Limits()
_NOTHING: Mapping[str, bytes] = MappingProxyType({})
_PLACE = "\ue000"  # stands in the draft where the token goes; a private-use character that no text written here has


@dataclass(frozen=True, slots=True)
class PendingXmlTimestamp:
    """A document that waits for a time-stamp token (:class:`vnsign.formats.pending.PendingTimestamp`).

    Attributes:
        digest: name of the digest of the imprint.
        imprint: what the token must be over.
        before, after: the document around the token.
        codec: encoding of the document.
        limits: bounds on the token.
    """

    digest: str
    imprint: bytes
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)
    codec: str
    limits: Limits = field(default=_LIMITS, repr=False)

    def embed(self, token: bytes) -> bytes:
        """The document with the token in it.

        Args:
            token: DER of the time-stamp token. Its signature and its authority are not checked here.

        Raises:
            TimestampUnavailableError: it is no token (``TIMESTAMP_MALFORMED``), or is over something else
                (``TIMESTAMP_IMPRINT``).
        """
        check_token(token, lambda name: self.imprint if name == self.digest else None, self.limits)
        return self.before + encode(base64_text(token), self.codec) + self.after


def begin_signature_timestamp(
    document: bytes,
    signature_id: str,
    *,
    digest: str = "sha256",
    external: Mapping[str, bytes] = _NOTHING,
    limits: Limits = _LIMITS,
) -> PendingXmlTimestamp:
    """Begin a ``SignatureTimeStamp``: level B-T (EN 319 132-1, 5.3).

    Args:
        document: the XML document.
        signature_id: of the signature, as the reader gives it; of a counter-signature too.
        digest: of the imprint.
        external: detached data by URI; where given, they must be what was signed.
        limits: bounds on the document.

    Raises:
        UnreadableDocumentError: no well-formed XML, a DOCTYPE; LimitExceededError: over a limit, of time-stamps too.
        ConfigurationError: no such signature; a digest that is not used in new time-stamps.
        SigningError: the signature is none that can be raised (:func:`vnsign.formats.xml.write_unsigned.open_signature`), or
            another signature covers the place (``XML_BREAKS_SIGNATURE``).
    """
    opened = _opened(document, signature_id, digest, external, limits)
    return _pending(opened, "SignatureTimeStamp", value_octets, digest)


def add_material(
    document: bytes,
    signature_id: str,
    material: Material,
    *,
    external: Mapping[str, bytes] = _NOTHING,
    limits: Limits = _LIMITS,
) -> bytes:
    """Add validation material: level B-LT (EN 319 132-1, 5.4.1, 5.4.3, 5.5.1).

    The signer's goes into ``CertificateValues`` and ``RevocationValues``, that of each time-stamp into a
    ``xades141:TimeStampValidationData`` behind it; behind the last archive time-stamp, where there is one.

    Args:
        document: the XML document.
        signature_id: the signature that the material is for.
        material: what is added, as far as the signature does not hold it yet.
        external: detached data by URI; where given, they must be what was signed.
        limits: bounds on the document.

    Returns:
        The document; the same bytes where nothing was to be added.

    Raises:
        UnreadableDocumentError, LimitExceededError, ConfigurationError, SigningError: as :func:`begin_signature_timestamp`;
            SelfCheckError: the material is not read back.
    """
    opened = open_signature(document, signature_id, external=external, limits=limits)
    wanted = new_material(opened.found.facts, material, limits)
    edits = material_edits(opened, wanted)
    if not edits:
        return document
    made = edited(opened, edits)
    again = _opened_again(opened, made)
    missing = new_material(again.found.facts, wanted, limits)
    if missing != Material():
        raise SelfCheckError(
            f"of the material {len(missing.certificates)} certificates, {len(missing.crls)} CRLs and {len(missing.ocsps)} "
            "OCSP answers cannot be read back",
            code="XML_MATERIAL",
            hint="they are malformed, or more than Limits.certificates",
        )
    return made


def begin_archive_timestamp(
    document: bytes,
    signature_id: str,
    *,
    digest: str = "sha256",
    external: Mapping[str, bytes] = _NOTHING,
    limits: Limits = _LIMITS,
) -> PendingXmlTimestamp:
    """Begin a ``xades141:ArchiveTimeStamp``: level B-LTA, and its renewal (EN 319 132-1, 5.5.2).

    It covers all data that the signature refers to, the signature, ``KeyInfo``, every unsigned property that is there now, and
    the other ``ds:Object`` elements. Material for the time-stamps that are there goes in first (:func:`add_material`).

    Args:
        document: the XML document.
        signature_id: of the signature.
        digest: of the imprint.
        external: detached data by URI: all of them are needed.
        limits: bounds on the document.

    Raises:
        UnreadableDocumentError, LimitExceededError, ConfigurationError: as :func:`begin_signature_timestamp`.
        SigningError: as there; ``XML_EXTERNAL_DATA``: data that the signature refers to are not at hand.
    """
    opened = _opened(document, signature_id, digest, external, limits)
    for item in opened.found.resolved:
        if item.facts.role is not DigestRole.MANIFEST_ENTRY and item.octets is None:
            raise SigningError(
                f"the data of the reference {item.facts.name!r} are not at hand: an archive time-stamp is over them too",
                code="XML_EXTERNAL_DATA",
                hint="give external={uri: data}",
            )
    return _pending(opened, "ArchiveTimeStamp", archive_octets, digest)


def archive_targets(document: bytes, signature_ids: Sequence[str], *, limits: Limits = _LIMITS) -> tuple[str, ...]:
    """The signatures in the order in which their archive time-stamps are made: counter-signatures before those they are on.

    Args:
        document: the XML document.
        signature_ids: as the reader gives them.
        limits: bounds on the document.

    Raises:
        UnreadableDocumentError, ConfigurationError: as :func:`begin_signature_timestamp`.
    """
    reading = reading_of(parse(document, limits), limits, _NOTHING, len(document))
    depths = {id_: sum(1 for _ in find_signature(reading, id_).iterancestors(names.SIGNATURE)) for id_ in signature_ids}
    return tuple(sorted(depths, key=lambda id_: -depths[id_]))


def _opened(document: bytes, signature_id: str, digest: str, external: Mapping[str, bytes], limits: Limits) -> Opened:
    if digest not in STRONG_DIGESTS:
        raise ConfigurationError(
            f"digest {digest!r} is not used for new time-stamps", code="WEAK_ALGORITHM", hint="use sha256, sha384 or sha512"
        )
    opened = open_signature(document, signature_id, external=external, limits=limits)
    check_room_for_timestamp(opened)
    return opened


def _opened_again(opened: Opened, made: bytes) -> Opened:
    """The signature in the document with something put in, after a look at every signature of it.

    Raises:
        SigningError: ``XML_BREAKS_SIGNATURE``; as :func:`open_signature`.
    """
    limits, external = opened.reading.limits, opened.reading.external
    if sum(1 for _ in opened.reading.tree.iter("{*}Signature")) > 1:
        check_neighbours(opened.document, made, "", limits, external)
        return open_signature(made, opened.id, external=external, limits=limits)
    again = open_signature(made, opened.id, external=external, limits=limits)
    check_unharmed(opened.found.facts, again.found.facts)
    return again


def _pending(opened: Opened, name: str, octets: Callable[[Stamped, Any], Iterator[bytes]], digest: str) -> PendingXmlTimestamp:
    """Write the property with nothing in the place of the token, and compute the imprint where it stands."""
    words = words_for(opened)
    edit = add_properties(opened, _stamp_text(words, name, _method(opened)), words)
    first, _, last = edit.text.partition(_PLACE)
    before = opened.document[: edit.start] + encode(first, opened.codec)
    after = encode(last, opened.codec) + opened.document[edit.end :]
    again = _opened_again(opened, before + after)
    stamp = again.properties[-1]
    if len(again.properties) != len(opened.properties) + 1 or str(stamp.tag).rpartition("}")[2] != name:
        raise SigningError("the time-stamp would not stand where it belongs", code="XML_POSITION")
    stamped = Stamped(again.id, again.found.element, again.found.resolved, again.properties, again.reading, ())
    running = digests.new(digest)
    try:
        for piece in octets(stamped, stamp):
            running.update(piece)
    except Fault as fault:
        raise SigningError(
            f"what the time-stamp is over cannot be computed: {fault.problem.rule} {dict(fault.problem.parameters)}",
            code="XML_IMPRINT",
            hint="verify the document to see what is wrong",
        ) from fault
    return PendingXmlTimestamp(digest, bytes(running.digest()), before, after, opened.codec, opened.reading.limits)


def _stamp_text(words: Words, name: str, method: str) -> str:
    """A time-stamp property; archive time-stamps are of XAdES 1.4.1 (EN 319 132-1, 5.5.2.1)."""
    archive = name == "ArchiveTimeStamp"
    tag = f"{words.a if archive else words.x}{name}"
    declared = words.x_is + words.d_is + (words.a_is if archive else "")
    return (
        f'<{tag}{declared}><{words.d}CanonicalizationMethod Algorithm="{method}"/>'
        f"<{words.x}EncapsulatedTimeStamp>{_PLACE}</{words.x}EncapsulatedTimeStamp></{tag}>"
    )


def _method(opened: Opened) -> str:
    """The signature's own canonicalisation, unless data without one of their own would be read in two ways.

    The clause has a reference that ends in nodes canonicalised by the time-stamp's method, XML-DSig by C14N 1.0: where they
    are the same, every reading of it agrees.
    """
    element = opened.found.element
    method = element.find(names.SIGNED_INFO).find(names.CANONICALIZATION_METHOD).get("Algorithm") or ""
    for item in opened.found.resolved:
        transforms = [one.get("Algorithm") for one in item.element.iter(names.TRANSFORM)]
        if item.covered is not None and not (transforms and transforms[-1] in names.C14N_METHODS):
            return names.C14N_10
    return without_comments(method) if method in names.C14N_METHODS else names.C14N_10
