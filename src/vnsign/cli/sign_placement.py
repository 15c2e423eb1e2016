"""Where the signature of a file goes: from the options of ``vnsign sign`` to the placement of a format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnsign.cli.sign_options import CERTIFICATIONS, Wanted
from vnsign.errors import ConfigurationError, UnreadableDocumentError

if TYPE_CHECKING:
    from vnsign.formats.asic.placement import AsicPlacement
    from vnsign.formats.cms.placement import CmsPlacement
    from vnsign.formats.pdf.placement import PdfPlacement
    from vnsign.formats.xml.placement import XmlPlacement
    from vnsign.model.claims import Claims
    from vnsign.signing.kinds import Placement

_ENDINGS = {"cades": ".p7s", "cades-attached": ".p7m", "asic-s": ".asics", "asic-e": ".asice"}


def ending(form: str | None) -> str:
    """What is put behind the name of a file for the signed one; empty where the format stays."""
    return _ENDINGS.get((form or "").removesuffix("-cades") if (form or "").startswith("asic") else form or "", "")


def placement(file: Path, wanted: Wanted) -> Placement:
    """The placement for one file, by the form asked for or by the format of its content.

    Raises:
        UnreadableDocumentError: the file cannot be read, or its format cannot be told.
        ConfigurationError: an option of another format.
    """
    form = wanted.form or _form_by_content(file, wanted)
    if form.startswith("asic"):
        _refuse_others(wanted, "a container", pdf=True, xml=True)
        return _asic(file, form, wanted)
    if form.startswith("cades"):
        _refuse_others(wanted, "a CMS file", pdf=True, xml=True)
        return _cms(form, wanted)
    if form == "pades":
        _refuse_others(wanted, "a PDF", pdf=False, xml=True)
        return _pdf(wanted)
    _refuse_others(wanted, "XML", pdf=True, xml=False)
    return _xml(wanted)


def _form_by_content(file: Path, wanted: Wanted) -> str:
    from vnsign.formats.detect import detect

    try:
        with file.open("rb") as stream:
            found = detect(stream.read(1024))
    except OSError as error:
        raise UnreadableDocumentError(
            f"{file}: {error.strerror or error}", code="CANNOT_OPEN", hint="check the path"
        ) from error
    if found == "cms" and not wanted.counter_signs:
        return "cades-parallel"
    return {"pdf": "pades", "xml": "xades", "cms": "cades-attached", "asic": "asic-e"}[found]


def _refuse_others(wanted: Wanted, what: str, *, pdf: bool, xml: bool) -> None:
    for_pdf = wanted.field or wanted.box or wanted.reason or wanted.location or wanted.certify
    for_xml = wanted.xml_parent or wanted.xml_reference or wanted.xml_form or wanted.profile
    if (pdf and for_pdf) or (xml and for_xml):
        other = "PDF" if pdf and for_pdf else "XML"
        raise ConfigurationError(f"the signature is in {what}, an option is for {other}", code="PLACEMENT_FORMAT")


def _claims(wanted: Wanted) -> Claims:
    from vnsign.model.claims import Claims, Commitment

    return Claims(commitments=tuple(Commitment[item.upper()] for item in wanted.commitment))


def _pdf(wanted: Wanted) -> PdfPlacement:
    from vnsign.formats.pdf.placement import Certification, PdfPlacement

    box = None if wanted.box is None else _box(wanted.box)
    level = None if wanted.certify is None else Certification(CERTIFICATIONS.index(wanted.certify) + 1)
    return PdfPlacement(
        field=wanted.field,
        page=wanted.page,
        box=box,
        reason=wanted.reason,
        location=wanted.location,
        certification=level,
        claims=_claims(wanted),
    )


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        x1, y1, x2, y2 = (float(part) for part in text.split(","))
    except ValueError:
        raise ConfigurationError(f"--box {text!r} is not X1,Y1,X2,Y2", code="USAGE", hint="--box 60,100,260,150") from None
    return x1, y1, x2, y2


def _xml(wanted: Wanted) -> XmlPlacement:
    from vnsign.formats.xml.placement import XmlForm, XmlPlacement

    if wanted.profile in ("invoice-seller", "invoice-buyer"):
        if not wanted.xml_reference:
            raise ConfigurationError(f"--profile {wanted.profile} needs --xml-reference", code="USAGE", hint="#id of DLHDon")
        make = XmlPlacement.invoice_seller if wanted.profile == "invoice-seller" else XmlPlacement.invoice_buyer
        return make(wanted.xml_reference, **_parent(wanted))
    if wanted.profile == "tax-return":
        reference = {"reference": wanted.xml_reference} if wanted.xml_reference else {}
        return XmlPlacement.tax_return(**reference, **_parent(wanted))
    if wanted.profile == "xades-enveloping":
        return XmlPlacement.xades_enveloping()
    form = XmlForm.XMLDSIG if wanted.plain_xml else XmlForm.XADES
    more: dict[str, Any] = {"claims": _claims(wanted)} if wanted.commitment else {}
    if wanted.counter_signs:
        more["counter_signs"] = wanted.counter_signs
    return XmlPlacement(form=form, parent=wanted.xml_parent, reference=wanted.xml_reference, **more)


def _parent(wanted: Wanted) -> dict[str, str]:
    return {"parent": wanted.xml_parent} if wanted.xml_parent else {}


def _cms(form: str, wanted: Wanted) -> CmsPlacement:
    from vnsign.formats.cms.placement import CmsPackaging, CmsPlacement

    packaging = CmsPackaging.DETACHED if form == "cades" else CmsPackaging.ATTACHED
    return CmsPlacement(
        packaging=packaging,
        counter_signs=wanted.counter_signs,
        parallel=form == "cades-parallel",
        claims=_claims(wanted),
    )


def _asic(file: Path, form: str, wanted: Wanted) -> AsicPlacement:
    from vnsign.formats.asic.placement import AsicPlacement, ContainerForm, ContainerKind

    if not wanted.form:  # a container gets one more signature of the kind that it has
        _check_container(file)
        return AsicPlacement(claims=_claims(wanted))
    kind = ContainerKind.S if form.startswith("asic-s") else ContainerKind.E
    inner = ContainerForm.CADES if form.endswith("-cades") else ContainerForm.XADES
    return AsicPlacement(container=kind, form=inner, name=file.name, claims=_claims(wanted))


def _check_container(file: Path) -> None:
    from vnsign.formats.asic.prepare import is_container
    from vnsign.formats.source import DocumentSource
    from vnsign.model.limits import Limits

    if not is_container(DocumentSource.of(file).read(Limits())):
        raise ConfigurationError(
            f"{file}: a ZIP file that is no container can be signed beside itself or in a container",
            code="PLACEMENT_NEEDED",
            hint="--form cades, or --form asic-e",
        )
