"""The formats that are signed, behind one face. Each is imported when it is asked for, so that naming them costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from vnsign.errors import ConfigurationError, UnreadableDocumentError
from vnsign.formats.detect import detect
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm
from vnsign.signing.profile import SignatureLevel
from vnsign.signing.selfcheck import read_facts

if TYPE_CHECKING:
    from vnsign.formats.asic.placement import AsicPlacement
    from vnsign.formats.asic.prepare import PreparedAsic
    from vnsign.formats.cms.placement import CmsPlacement
    from vnsign.formats.cms.prepare import PreparedCms
    from vnsign.formats.pdf.placement import PdfPlacement
    from vnsign.formats.pdf.prepare import PreparedPdf
    from vnsign.formats.xml.placement import XmlPlacement
    from vnsign.formats.xml.prepare import PreparedXml
    from vnsign.model.facts import DocumentFacts

    Placement = PdfPlacement | XmlPlacement | CmsPlacement | AsicPlacement
    Prepared = PreparedPdf | PreparedXml | PreparedCms | PreparedAsic

KINDS = ("pdf", "xml", "cms", "asic")


@dataclass(frozen=True, slots=True)
class Work:
    """What every format needs to prepare a signature.

    Attributes:
        data: the document.
        name: of the document, for people; containers name their entry after it.
        certificate, chain, algorithm: of the signer.
        at: the claimed signing time, UTC.
        level: what is to be made.
        digest: of references and imprints.
        password: opens an encrypted PDF.
        external: detached data of the signatures that are in the document already.
    """

    data: bytes = field(repr=False)
    name: str
    certificate: Certificate
    chain: tuple[Certificate, ...]
    algorithm: SignatureAlgorithm
    at: datetime
    level: SignatureLevel
    digest: str
    password: str | None = field(default=None, repr=False)
    external: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """A prepared document, the facts of what was there before, and the detached data that the result needs to be read."""

    prepared: Prepared
    facts: DocumentFacts | None = None
    external: tuple[tuple[str, bytes], ...] = ()


def kind_of(data: bytes, placement: Placement | None) -> str:
    """The format of the signature: what the placement says, else what the document is.

    Raises:
        UnreadableDocumentError: no placement, and the content is none of PDF, XML, CMS, ASiC.
        ConfigurationError: the placement is for another format than the document's.
    """
    home = "" if placement is None else type(placement).__module__
    for kind in ("cms", "asic"):
        if home == f"vnsign.formats.{kind}.placement":
            return kind
    if getattr(placement, "external", False):
        return "xml"  # detached XML signatures are over data of any kind
    try:
        found = detect(data[:1024])
    except UnreadableDocumentError as error:
        if error.code == "FORMAT_UNKNOWN":
            raise UnreadableDocumentError(
                "the file is neither PDF nor XML; it can be signed beside itself or in a container",
                code="FORMAT_UNKNOWN",
                hint="give a CmsPlacement or an AsicPlacement (--form cades, --form asic-e)",
            ) from error
        raise
    if placement is None and found == "cms":
        raise ConfigurationError(
            "a CMS file can be signed beside its signers, counter-signed, or as any file",
            code="PLACEMENT_NEEDED",
            hint="give a CmsPlacement that says which",
        )
    if placement is not None and home != f"vnsign.formats.{found}.placement":
        what = {"pdf": "a PDF", "xml": "an XML document", "cms": "a CMS file", "asic": "a container"}[found]
        needed = {"pdf": "PdfPlacement", "xml": "XmlPlacement", "cms": "CmsPlacement", "asic": "AsicPlacement"}[found]
        raise ConfigurationError(
            f"the document is {what}, the placement is not", code="PLACEMENT_FORMAT", hint=f"give a {needed}"
        )
    return found


def draft(kind: str, work: Work, placement: Any) -> Draft:
    """Prepare a document in its format.

    Args:
        kind: of :func:`kind_of`.
        work: what is signed, with what.
        placement: of that format; ``None`` for its default.

    Raises:
        UnreadableDocumentError, ConfigurationError, SigningError: as the formats do.
    """
    makers: dict[str, Callable[[Work, Any], Draft]] = {"pdf": _pdf, "xml": _xml, "cms": _cms, "asic": _asic}
    return makers[kind](work, placement)


def _pdf(work: Work, placement: PdfPlacement | None) -> Draft:
    from vnsign.formats.pdf.placement import PdfPlacement
    from vnsign.formats.pdf.prepare import prepare_pdf

    facts = read_facts(work.data, "pdf", password=work.password)
    prepared = prepare_pdf(
        work.data,
        certificate=work.certificate,
        chain=work.chain,
        algorithm=work.algorithm,
        placement=placement or PdfPlacement(),
        at=work.at,
        with_timestamp=work.level.includes(SignatureLevel.T),
        password=work.password,
    )
    return Draft(prepared, facts)


def _xml(work: Work, placement: XmlPlacement | None) -> Draft:
    from vnsign.formats.xml.placement import XmlForm, XmlPlacement
    from vnsign.formats.xml.prepare import prepare_xml

    chosen = placement or XmlPlacement()
    if work.level.includes(SignatureLevel.T) and chosen.form is not XmlForm.XADES:
        raise ConfigurationError(
            "a plain XML-DSig signature has no place for a time-stamp",
            code="XML_TIMESTAMP_FORM",
            hint="sign as XAdES, or level B",
        )
    facts = None if chosen.external else read_facts(work.data, "xml", external=work.external)
    prepared = prepare_xml(
        work.data,
        certificate=work.certificate,
        chain=work.chain,
        algorithm=work.algorithm,
        placement=chosen,
        at=work.at,
        digest=work.digest,
    )
    external = ((chosen.reference, work.data),) if chosen.external else tuple(work.external.items())
    return Draft(prepared, facts, external)


def _cms(work: Work, placement: CmsPlacement | None) -> Draft:
    from vnsign.formats.cms.placement import CmsPlacement
    from vnsign.formats.cms.prepare import prepare_cms

    chosen = placement or CmsPlacement()
    extends = bool(chosen.counter_signs) or chosen.parallel
    facts = read_facts(work.data, "cms", external=work.external) if extends else None
    prepared = prepare_cms(
        work.data,
        certificate=work.certificate,
        chain=work.chain,
        algorithm=work.algorithm,
        placement=chosen,
        at=work.at,
        digest=work.digest,
        content=next(iter(work.external.values()), None),
    )
    detached = {work.name: work.data} if chosen.detached and not extends else dict(work.external)
    return Draft(prepared, facts, tuple(detached.items()))


def _asic(work: Work, placement: AsicPlacement | None) -> Draft:
    from vnsign.formats.asic.placement import AsicPlacement
    from vnsign.formats.asic.prepare import is_container, prepare_asic

    chosen = placement or AsicPlacement()
    if not chosen.name:
        chosen = replace(chosen, name=PurePath(work.name).name)
    # Without a placement only a container is signed as one: that it is one, and can be read, is for the reader to say.
    facts = read_facts(work.data, "asic") if placement is None or is_container(work.data) else None
    prepared = prepare_asic(
        work.data,
        certificate=work.certificate,
        chain=work.chain,
        algorithm=work.algorithm,
        placement=chosen,
        at=work.at,
        digest=work.digest,
    )
    return Draft(prepared, facts)


def prepared_type(kind: object) -> type[Any]:
    """The class of a prepared document.

    Raises:
        ValueError: no such format.
    """
    if kind == "pdf":
        from vnsign.formats.pdf.prepare import PreparedPdf

        return PreparedPdf
    if kind == "xml":
        from vnsign.formats.xml.prepare import PreparedXml

        return PreparedXml
    if kind == "cms":
        from vnsign.formats.cms.prepare import PreparedCms

        return PreparedCms
    if kind == "asic":
        from vnsign.formats.asic.prepare import PreparedAsic

        return PreparedAsic
    raise ValueError("another format")


def embed(prepared: Any, value: bytes, token: bytes | None) -> bytes:
    """The document with the signature value in it; of a PDF also with its time-stamp, whose room is in the signature.

    Raises:
        SigningError: as the formats do.
    """
    home = type(prepared).__module__
    if home == "vnsign.formats.pdf.prepare":
        from vnsign.formats.pdf.prepare import embed_pdf

        return embed_pdf(prepared, value, token)
    if home == "vnsign.formats.xml.prepare":
        from vnsign.formats.xml.prepare import embed_xml

        return embed_xml(prepared, value)
    if home == "vnsign.formats.cms.prepare":
        from vnsign.formats.cms.prepare import embed_cms

        return embed_cms(prepared, value)
    from vnsign.formats.asic.prepare import embed_asic

    return embed_asic(prepared, value)
