"""Nothing is handed out that does not verify: a document just signed is read back by this library and by another one."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from vnsign.crypto.values import verify_value
from vnsign.errors import SelfCheckError, UnreadableDocumentError
from vnsign.formats.appended import Appended
from vnsign.formats.source import DocumentSource
from vnsign.model.certificate import Certificate
from vnsign.model.facts import CoverageScope, DocumentFacts, SignatureFacts, SignatureKind
from vnsign.model.limits import Limits
from vnsign.model.verdict import CheckStatus
from vnsign.signing.profile import SignatureLevel

_NO_DATA: Mapping[str, bytes] = {}


@dataclass(frozen=True, slots=True)
class Expected:
    """What a signed document must show.

    Attributes:
        signature_id: of the new signature.
        certificate: that made it.
        level: that it has.
        earlier: of :func:`earlier_signatures`.
    """

    signature_id: str
    certificate: Certificate
    level: SignatureLevel
    earlier: tuple[str, ...] = ()


def read_facts(
    data: bytes | Appended, format_: str, *, password: str | None = None, external: Mapping[str, bytes] = _NO_DATA
) -> DocumentFacts:
    """The facts of a document, by this library's own readers. Same errors as they raise."""
    source = DocumentSource("document", data=data)
    if format_ == "pdf":
        from vnsign.formats.pdf.read import read_pdf

        return read_pdf(source, limits=Limits(), password=password)
    if format_ == "cms":
        from vnsign.formats.cms.read import read_cms

        return read_cms(source, limits=Limits(), external=external)
    if format_ == "asic":
        from vnsign.formats.asic.read import read_asic

        return read_asic(source, limits=Limits())
    from vnsign.formats.xml.read import read_xml

    return read_xml(source, limits=Limits(), external=external)


def earlier_signatures(facts: DocumentFacts) -> tuple[str, ...]:
    """One line for each signature, the same before and after as long as nothing about it changed."""
    return tuple(_line(item) for item in facts.signatures)


def _line(facts: SignatureFacts) -> str:
    """Identifier, whether it was broken by changes, and a digest of what it says and of what was computed."""
    digests = [(item.name, item.algorithm, item.expected, item.computed) for item in facts.digests]
    value = None if facts.signed_value is None else (facts.signed_value.signed_bytes, facts.signed_value.value)
    rest = hashlib.sha256(repr((digests, value)).encode()).hexdigest()
    broken = any(not change.allowed for change in facts.changes)
    return f"{facts.id} {'broken' if broken else 'sound'} {rest}"


def check_signed(
    data: bytes | Appended,
    format_: str,
    expected: Expected,
    *,
    password: str | None = None,
    external: Mapping[str, bytes] = _NO_DATA,
) -> None:
    """Read a signed document back, twice.

    Args:
        data: the signed document.
        format_: ``pdf`` or ``xml``.
        expected: what it must show.
        password: opens an encrypted PDF.
        external: external data of an XML signature by URI.

    Raises:
        SelfCheckError: the new signature does not hold, an earlier one changed, or the second reading does not agree.

    Not checked: trust and revocation.
    """
    try:
        facts = read_facts(data, format_, password=password, external=external)
    except UnreadableDocumentError as error:
        raise SelfCheckError(f"the signed document cannot be read back: {error.message}", hint=_REPORT) from error
    found = [item for item in facts.signatures if item.id == expected.signature_id]
    if len(found) != 1:
        raise _failed(f"{len(found)} signatures {expected.signature_id!r}")
    _check_new(found[0], format_, expected)
    _check_earlier(facts, expected)
    _second_reading(data, format_, expected, password, external)


def _check_new(facts: SignatureFacts, format_: str, expected: Expected) -> None:
    if not facts.digests or not all(item.matches for item in facts.digests):
        raise _failed("a digest does not match")
    if facts.signing_certificate != expected.certificate:
        raise _failed("another certificate is found as the signer's")
    if facts.signed_value is None or verify_value(expected.certificate, facts.signed_value).status is not CheckStatus.PASSED:
        raise _failed("the signature value does not hold")
    alone = format_ == "pdf" and not expected.level.includes(SignatureLevel.LT)
    if alone and (facts.problems or facts.coverage is not CoverageScope.WHOLE_DOCUMENT):
        raise _failed(f"coverage {facts.coverage}, problems {[item.rule for item in facts.problems]}")
    if expected.level.includes(SignatureLevel.T) and not any(item.imprint.matches for item in facts.timestamps):
        raise _failed("its time-stamp is not found")
    if expected.level.includes(SignatureLevel.LT) and facts.level != f"B-{expected.level}":
        raise _failed(f"its level reads {facts.level or 'none'}, B-{expected.level} is wanted")


def _check_earlier(facts: DocumentFacts, expected: Expected) -> None:
    rest = [(_line(item), item.kind) for item in facts.signatures if item.id != expected.signature_id]
    lost = Counter(expected.earlier) - Counter(line for line, _ in rest)
    added = [kind for line, kind in rest if line not in expected.earlier]
    # archive time-stamps over a whole document stand beside the signature
    stamped = expected.level is SignatureLevel.LTA and all(kind is SignatureKind.DOCUMENT_TIMESTAMP for kind in added)
    if lost or (added and not stamped):
        raise SelfCheckError(
            "an earlier signature of the document would no longer be as it was",
            code="EARLIER_SIGNATURE",
            hint="sign in a field that is there, or ask for a document that may still be signed",
        )


def _second_reading(
    data: bytes | Appended, format_: str, expected: Expected, password: str | None, external: Mapping[str, bytes]
) -> None:
    if format_ == "pdf":
        from vnsign.formats.pdf.write_adapter import second_reading as read_pdf_again

        read_pdf_again(data, expected.signature_id, password=password)
        return
    data = data.join() if isinstance(data, Appended) else data
    if format_ == "xml":
        from vnsign.formats.xml.second_reading import second_reading as read_xml_again

        read_xml_again(data, expected.signature_id, expected.certificate, external=external)
        return
    module = import_module(f"vnsign.formats.{format_}.second_reading")
    module.second_reading(data, expected.signature_id, expected.certificate, external=external)


_REPORT = "nothing was written; please report the kind of document and the options used"


def _failed(why: str) -> SelfCheckError:
    return SelfCheckError(f"the signature just made does not hold: {why}", hint=_REPORT)
