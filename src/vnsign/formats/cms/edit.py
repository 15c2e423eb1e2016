"""Taking a SignedData apart to change it, and finding the SignerInfo that an identifier of the reader names.

Elements that are not changed keep their bytes, BER included; only lengths around what changed are written anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from vnsign.crypto import algorithms, ber, digests
from vnsign.crypto.ber import Element
from vnsign.errors import ConfigurationError, EvidenceError, LimitExceededError, SigningError, UnreadableDocumentError
from vnsign.formats.cms.decode import decode
from vnsign.model.limits import Limits
from vnsign.pki import cms_attributes as attrs
from vnsign.pki.cms_structure import SIGNED_DATA, Attribute, read_attributes, read_signer_info
from vnsign.pki.cms_write import Parts, oid, sequence
from vnsign.pki.signed_data import token_of

COUNTER_SIGNATURE = "1.2.840.113549.1.9.6"
_ID = re.compile(r"signer-([1-9]\d{0,5})((?:-counter-[1-9]\d{0,5}){0,4})")
_DEEPEST_STRING = 32

Path = tuple[int, ...]
"""Position of a signer in the file, then of a counter-signature on it, and so on; from 0."""


def open_document(document: bytes, limits: Limits) -> Parts:
    """A CMS file in parts: DER, BER, PEM or base64.

    Raises:
        UnreadableDocumentError: none, or none with SignedData. LimitExceededError: over a limit.
    """
    if len(document) > limits.document_bytes:
        raise LimitExceededError(
            f"{len(document)} bytes, at most {limits.document_bytes} are read",
            hint="raise Limits.document_bytes if the document is meant to be this large",
        )
    try:
        return take_apart(decode(document))
    except EvidenceError as error:
        raise UnreadableDocumentError(
            f"no CMS file with signatures: {error.message}", code="CMS_MALFORMED", hint="was the file cut off?"
        ) from error


def take_apart(data: bytes) -> Parts:
    """A ContentInfo with SignedData in parts; its content stays where it is, as a view.

    Raises:
        EvidenceError: malformed, or another kind of ContentInfo.
    """
    outer = ber.expect(ber.element(data), ber.SEQUENCE, "ContentInfo")
    parts = ber.children(outer)
    if len(parts) != 2 or ber.oid(parts[0]) != SIGNED_DATA:
        raise ber.malformed("no SignedData", outer.start)
    wrapped = ber.children(ber.expect(parts[1], 0xA0, "content"))
    fields = ber.children(ber.expect(wrapped[0], ber.SEQUENCE, "SignedData")) if len(wrapped) == 1 else []
    optional = {item.tag: item for item in fields[3:-1]}
    if len(fields) < 4 or len(optional) != len(fields) - 4 or not optional.keys() <= {0xA0, 0xA1}:
        raise ber.malformed("a broken SignedData", outer.start)
    version, digest_algorithms, content = fields[:3]
    return Parts(
        digest_algorithms=_encodings(ber.expect(digest_algorithms, ber.SET, "digestAlgorithms")),
        content_type=ber.oid(_encapsulated(content)[0]),
        content=(_view(content),),
        certificates=_encodings(optional.get(0xA0)),
        revocation=_encodings(optional.get(0xA1)),
        signers=_encodings(ber.expect(fields[-1], ber.SET, "signerInfos")),
        fields=(_written(optional.get(0xA0)), _written(optional.get(0xA1))),
        version=_version(version),
        trailing=data[outer.stop :],
    )


def _version(found: Element) -> int:
    version = ber.integer(ber.expect(found, ber.INTEGER, "version"))
    if not 0 <= version < 128:
        raise ber.malformed("an impossible version", found.start)
    return version


def _encodings(field: Element | None) -> tuple[bytes, ...]:
    return () if field is None else tuple(item.encoding for item in ber.iterate(field))


def _written(field: Element | None) -> bytes:
    return b"" if field is None else field.encoding


def _view(found: Element) -> memoryview:
    return memoryview(found.data)[found.start : found.stop]


def _encapsulated(found: Element) -> list[Element]:
    parts = ber.children(ber.expect(found, ber.SEQUENCE, "encapContentInfo"))
    if not 1 <= len(parts) <= 2:
        raise ber.malformed("a broken encapContentInfo", found.start)
    return parts


def content_of(parts: Parts) -> tuple[memoryview, ...] | None:
    """The encapsulated content in the pieces in which it is written; ``None`` where it is detached.

    Raises:
        EvidenceError: malformed.
    """
    (whole,) = parts.content
    found = _encapsulated(ber.element(whole))  # type: ignore[arg-type]  # a view is read like bytes
    if len(found) == 1:
        return None
    inner = ber.children(ber.expect(found[1], 0xA0, "eContent"))
    if len(inner) != 1:
        raise ber.malformed("not one eContent", found[1].start)
    if inner[0].tag & ~0x20 != ber.OCTET_STRING:
        return (memoryview(inner[0].content),)  # PKCS #7 1.5: the content octets (RFC 5652, 5.2.1)
    return tuple(_pieces(inner[0], 0))


def _pieces(found: Element, depth: int) -> Iterator[memoryview]:
    if not found.tag & 0x20:
        yield memoryview(found.content)
        return
    if depth > _DEEPEST_STRING:
        raise ber.malformed("strings nested too deep", found.start)
    for piece in ber.iterate(found):
        yield from _pieces(piece, depth + 1)


def digest_of_pieces(name: str, pieces: Sequence[bytes | memoryview]) -> bytes:
    """The digest of data in pieces."""
    running = digests.new(name)
    for piece in pieces:
        running.update(piece)
    return running.digest()


def check_content(signers: Sequence[bytes], pieces: Sequence[bytes | memoryview]) -> None:
    """Refuse content that a signer has not signed, as far as its message digest says so.

    Raises:
        SigningError: ``CONTENT_DIFFERS``. EvidenceError: malformed.
    """
    known: dict[str, bytes] = {}
    for item in signers:
        name, expected = message_digest(item)
        if expected is None or name not in digests.SUPPORTED:
            continue
        if name not in known:
            known[name] = digest_of_pieces(name, pieces)
        if known[name] != expected:
            raise SigningError(
                "the content is not what the signature is over",
                code="CONTENT_DIFFERS",
                hint="give the file that was signed, unchanged; verify the signature first",
            )


def message_digest(signer: bytes) -> tuple[str, bytes | None]:
    """The name of a signer's digest, and the digest of the content that it signed; ``None`` without signed attributes.

    Raises:
        EvidenceError: malformed.
    """
    found = read_signer_info(ber.element(signer))
    value = attrs.single(found.signed_attributes or (), attrs.MESSAGE_DIGEST)
    name = algorithms.digest_name(found.digest_algorithm)
    return name, None if value is None else ber.octet_string(value, "message-digest")


# --- Signers -------------------------------------------------------------------------------------------------------------


def path_of(signature_id: str) -> Path:
    """Where a signature is, from its identifier: ``signer-2-counter-1`` is ``(1, 0)``.

    Raises:
        ConfigurationError: no identifier of a signature in a CMS file.
    """
    found = _ID.fullmatch(signature_id)
    if found is None:
        raise ConfigurationError(
            f"no signature of a CMS file is named {signature_id!r}", code="NO_SUCH_SIGNATURE", hint="signer-1 and the like"
        )
    counters = [part for part in found[2].split("-counter-") if part]
    return tuple(int(number) - 1 for number in (found[1], *counters))


def signer_at(parts: Parts, path: Path) -> bytes:
    """The SignerInfo at a place.

    Raises:
        SigningError: there is none (``NO_SUCH_SIGNATURE``). UnreadableDocumentError: malformed.
    """
    found: list[bytes] = []

    def keep(signer: bytes) -> bytes:
        found.append(signer)
        return signer

    with_signer(parts, path, keep)
    return found[0]


def with_signer(parts: Parts, path: Path, change: Callable[[bytes], bytes]) -> Parts:
    """The parts with the SignerInfo at a place changed. Same errors as :func:`signer_at`."""
    if path[0] >= len(parts.signers):
        raise _no_such(path)
    signers = list(parts.signers)
    try:
        signers[path[0]] = _changed(signers[path[0]], path, 1, change)
    except EvidenceError as error:
        raise UnreadableDocumentError(f"a broken SignerInfo: {error.message}", code="CMS_MALFORMED") from error
    return replace(parts, signers=tuple(signers))


def _changed(signer: bytes, path: Path, depth: int, change: Callable[[bytes], bytes]) -> bytes:
    if depth == len(path):
        return change(signer)
    left = path[depth]
    for number, item in enumerate(unsigned_of(signer)):
        count = len(item.values) if item.oid == COUNTER_SIGNATURE else 0
        if left < count:
            return _with_value(signer, (number, left), _changed(item.values[left].encoding, path, depth + 1, change))
        left -= count
    raise _no_such(path)


def _with_value(signer: bytes, place: tuple[int, int], made: bytes) -> bytes:
    """The SignerInfo with one value of one unsigned attribute in the place of another."""
    number, position = place
    fields, unsigned = _split(signer)
    values = [value.encoding for value in unsigned[number].values]
    values[position] = made
    encodings = [_encoding(item) for item in unsigned]
    encodings[number] = sequence(oid(unsigned[number].oid), ber.wrap(ber.SET, b"".join(values)))
    return _joined(fields, encodings)


def add_unsigned(signer: bytes, attribute: bytes) -> bytes:
    """The SignerInfo with one more unsigned attribute, after those that are there.

    The order of the others is part of what old archive time-stamps digest, and the numbers of time-stamps and
    counter-signatures are counted along it.

    Raises:
        EvidenceError: malformed.
    """
    fields, unsigned = _split(signer)
    return _joined(fields, [*(_encoding(item) for item in unsigned), attribute])


@dataclass(frozen=True, slots=True)
class Token:
    """A time-stamp token among the unsigned attributes: which attribute, which value of it, the token."""

    attribute: int
    value: int
    der: bytes


def tokens_of(signer: bytes, kinds: Collection[str]) -> tuple[Token, ...]:
    """The tokens in attributes of these kinds, in order.

    Raises:
        EvidenceError: malformed.
    """
    return tuple(
        Token(number, position, token_of(value))
        for number, item in enumerate(unsigned_of(signer))
        for position, value in enumerate(item.values if item.oid in kinds else ())
    )


def with_token(signer: bytes, place: Token, made: bytes) -> bytes:
    """The SignerInfo with another token in the place of one. Same error as :func:`tokens_of`."""
    written = unsigned_of(signer)[place.attribute].values[place.value]
    wrapped = written.tag & ~0x20 == ber.OCTET_STRING  # some signers put an OCTET STRING around it
    return _with_value(signer, (place.attribute, place.value), ber.wrap(ber.OCTET_STRING, made) if wrapped else made)


def unsigned_of(signer: bytes) -> tuple[Attribute, ...]:
    """The unsigned attributes of a SignerInfo.

    Raises:
        EvidenceError: malformed.
    """
    return _split(signer)[1]


def core_of(signer: bytes) -> tuple[bytes, ...]:
    """The fields of a SignerInfo from ``version`` to ``signature`` in DER: signed attributes sorted, under their implicit tag.

    Raises:
        EvidenceError: malformed.
    """
    return tuple(
        b"\xa0" + ber.to_der(item, tag=ber.SET)[1:] if item.tag == 0xA0 else ber.to_der(item) for item in _split(signer)[0]
    )


def _split(signer: bytes) -> tuple[list[Element], tuple[Attribute, ...]]:
    fields = ber.children(ber.expect(ber.element(signer), ber.SEQUENCE, "SignerInfo"))
    unsigned = fields.pop() if len(fields) > 5 and fields[-1].tag == 0xA1 else None
    if len(fields) < 5:
        raise ber.malformed("a SignerInfo with fields missing", 0)
    return fields, () if unsigned is None else read_attributes(unsigned)


def _encoding(attribute: Attribute) -> bytes:
    return b"" if attribute.element is None else attribute.element.encoding


def _joined(fields: Sequence[Element], unsigned: Sequence[bytes]) -> bytes:
    core = b"".join(item.encoding for item in fields)
    return ber.wrap(ber.SEQUENCE, core + ber.wrap(0xA1, b"".join(unsigned)))


def _no_such(path: Path) -> SigningError:
    name = f"signer-{path[0] + 1}" + "".join(f"-counter-{number + 1}" for number in path[1:])
    return SigningError(
        f"the file has no signature {name!r}", code="NO_SUCH_SIGNATURE", hint="see which it has: vnsign inspect FILE"
    )


# --- Sets ----------------------------------------------------------------------------------------------------------------


def with_elements(parts: Parts, certificates: Sequence[bytes], revocation: Sequence[bytes] = ()) -> Parts:
    """The parts with elements of the fields ``certificates`` and ``crls`` that are not there yet."""
    return replace(
        parts,
        certificates=_merged(parts.certificates, certificates),
        revocation=_merged(parts.revocation, revocation),
        fields=(b"" if certificates else parts.fields[0], b"" if revocation else parts.fields[1]),
    )


def _merged(there: Sequence[bytes], new: Sequence[bytes]) -> tuple[bytes, ...]:
    """The elements of a SET OF with others that are not among them; in DER order where they were in it."""
    wanted = [*there, *(item for item in dict.fromkeys(new) if item not in there)]
    return tuple(sorted(wanted)) if list(there) == sorted(there) else tuple(wanted)


def with_digest_algorithm(parts: Parts, name: str) -> Parts:
    """The parts with a digest among those that a reader is told of (RFC 5652, 5.1)."""
    known = set()
    for item in parts.digest_algorithms:
        try:
            known.add(algorithms.digest_name(item))
        except EvidenceError:
            continue
    if name in known:
        return parts
    added = _merged(parts.digest_algorithms, [algorithms.digest_identifier_der(name)])
    return replace(parts, digest_algorithms=added)
