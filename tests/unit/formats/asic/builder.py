"""Containers made by hand: a ZIP writer whose every header can lie, manifests, signatures in XML and CMS."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import quote

from tests.unit.formats.xml import builder as xml
from tests.unit.pki.cms_factory import SIGNATURE_TIMESTAMP, Cms, attribute, sign_rsa
from vnsign.crypto.values import verify_value
from vnsign.formats.asic.read import read_asic
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import DocumentFacts, SignatureFacts
from vnsign.model.limits import Limits
from vnsign.model.verdict import CheckStatus
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

AT = datetime(2026, 3, 2, 3, tzinfo=UTC)
ASIC_S = b"application/vnd.etsi.asic-s+zip"
ASIC_E = b"application/vnd.etsi.asic-e+zip"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
FILES = {"to-khai.txt": b"application for a licence", "hồ sơ/bản vẽ.txt": b"a drawing"}


@dataclass(frozen=True)
class Entry:
    """One entry; what is ``None`` follows from the content."""

    name: str | bytes
    content: bytes = b""
    deflate: bool = False
    method: int | None = None
    flags: int = 0x0800
    attributes: int = 0
    descriptor: bytes | None = None
    crc: int | None = None
    size: int | None = None
    extra: bytes = b""
    local: dict[str, object] = field(default_factory=dict)

    @property
    def raw_name(self) -> bytes:
        return self.name if isinstance(self.name, bytes) else self.name.encode()

    @property
    def packed(self) -> bytes:
        if not self.deflate:
            return self.content
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(self.content) + packer.flush()

    def header(self) -> tuple[int, int, int, int, int]:
        crc = zlib.crc32(self.content) if self.crc is None else self.crc
        size = len(self.content) if self.size is None else self.size
        method = (8 if self.deflate else 0) if self.method is None else self.method
        return self.flags, method, crc, len(self.packed), size


def write_zip(entries: Sequence[Entry], *, comment: bytes = b"", before: bytes = b"", after: bytes = b"") -> bytes:
    """A ZIP of these entries; ``before`` and ``after`` stand around it with offsets as if they did not."""
    out, directory = bytearray(), bytearray()
    for entry in entries:
        directory += _central(entry, len(out))
        out += _local(replace(entry, **entry.local) if entry.local else entry)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(entries), len(entries), len(directory), len(out), len(comment))
    return before + bytes(out + directory) + end + comment + after


def _local(entry: Entry) -> bytes:
    flags, method, crc, packed, size = entry.header()
    if entry.descriptor is not None:
        crc = packed = size = 0
    head = struct.pack(
        "<4s5H3I2H", b"PK\3\4", 20, flags, method, 0, 0, crc, packed, size, len(entry.raw_name), len(entry.extra)
    )
    return head + entry.raw_name + entry.extra + entry.packed + (entry.descriptor or b"")


def _central(entry: Entry, offset: int) -> bytes:
    flags, method, crc, packed, size = entry.header()
    fields = (b"PK\1\2", 0x0314, 20, flags, method, 0, 0, crc, packed, size, len(entry.raw_name), 0, 0, 0, 0)
    return struct.pack("<4s6H3I5H2I", *fields, entry.attributes, offset) + entry.raw_name


def container(files: Mapping[str, bytes], mimetype: bytes | None = ASIC_E, **more: bytes) -> bytes:
    """A container of these files, the media type first."""
    head = [] if mimetype is None else [Entry("mimetype", mimetype)]
    return write_zip([*head, *(Entry(name, data, deflate=True) for name, data in files.items())], **more)


def manifest(signature: str, files: Mapping[str, bytes]) -> bytes:
    """An ASiCManifest or ASiCArchiveManifest (EN 319 162-1, A.4)."""
    references = "".join(
        f'<DataObjectReference URI="{quote(name)}"><ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>'
        f"{base64.b64encode(hashlib.sha256(data).digest()).decode()}</ds:DigestValue></DataObjectReference>"
        for name, data in files.items()
    )
    namespaces = 'xmlns="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
    return f'<ASiCManifest {namespaces}><SigReference URI="{quote(signature)}"/>{references}</ASiCManifest>'.encode()


def xml_signatures(files: Mapping[str, bytes], signer: str = "citizen", **more: str) -> bytes:
    """``META-INF/signatures.xml`` with one signature over these files."""
    references = [xml.reference(quote(name), data) for name, data in files.items()]
    info = xml.signed_info(*references, c14n=xml.EXCLUSIVE)
    canonical = info.replace("<SignedInfo>", f'<SignedInfo xmlns="{xml.DS}">', 1)
    value = base64.b64encode(sign_rsa(signer, canonical.encode())).decode()
    keys = xml.key_info(TestPki.load().certificate(signer).der)
    signature = xml.signature(info=info, value=value, keys=keys, **more)
    return f'<asic:XAdESSignatures xmlns:asic="http://uri.etsi.org/02918/v1.2.1#">{signature}</asic:XAdESSignatures>'.encode()


def cms(content: bytes, **changes: object) -> bytes:
    """A detached CAdES signature."""
    return Cms(**{"content": content, "detached": True, **changes}).build()


def stamped_cms(content: bytes, at: datetime = AT) -> bytes:
    """The same with a signature time-stamp."""
    from tests.unit.formats.cms.builder import value_of

    value = value_of(cms(content))
    return cms(content, unsigned=[attribute(SIGNATURE_TIMESTAMP, token(value, at))])


def token(data: bytes, at: datetime = AT) -> bytes:
    """A time-stamp token over these data."""
    return SimulatedTsa.of(TestPki.load(), clock=lambda: at).token("sha256", hashlib.sha256(data).digest())


def asic_e_cades(files: Mapping[str, bytes] = FILES, extra: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """Entries of an ASiC-E container with one CAdES signature."""
    listed = manifest("META-INF/signature001.p7s", files)
    signature = {"META-INF/ASiCManifest001.xml": listed, "META-INF/signature001.p7s": cms(listed)}
    return {**files, **signature, **(extra or {})}


def asic_e_xades(files: Mapping[str, bytes] = FILES) -> dict[str, bytes]:
    """Entries of an ASiC-E container with one XML signature."""
    return {**files, "META-INF/signatures0.xml": xml_signatures(files)}


def read(data: bytes, limits: Limits | None = None) -> DocumentFacts:
    return read_asic(DocumentSource("a.asice", data=data), limits=limits or Limits())


def one(files: Mapping[str, bytes], mimetype: bytes = ASIC_E) -> SignatureFacts:
    (found,) = read(container(files, mimetype)).signatures
    return found


def rules(facts: SignatureFacts) -> list[str]:
    return [item.rule for item in facts.problems]


def sound(facts: SignatureFacts) -> bool:
    """Whether there is no fault, every digest matches and the value verifies."""
    if facts.document_timestamp is not None:
        digests = (facts.document_timestamp.imprint, *facts.document_timestamp.token.digests)
        return not facts.problems and all(item.matches for item in digests)
    if facts.signing_certificate is None or facts.signed_value is None or not facts.digests or facts.problems:
        return False
    value = verify_value(facts.signing_certificate, facts.signed_value)
    return value.status is CheckStatus.PASSED and all(item.matches for item in facts.digests)
