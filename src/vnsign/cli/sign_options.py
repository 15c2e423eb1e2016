"""Options of ``vnsign sign``, and what they mean. Names are stable."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vnsign.cli import options
from vnsign.errors import ConfigurationError, SignerUnavailableError, UnreadableDocumentError

if TYPE_CHECKING:
    from vnsign.formats.pdf.placement import PdfPlacement
    from vnsign.formats.xml.placement import XmlPlacement
    from vnsign.signing.signer import KeySigner
    from vnsign.signing.timestamps import TimestampAuthority

SECRET_VARIABLE = "VNSIGN_SECRET"  # noqa: S105 - a name, not a secret
PROFILES = ("invoice-seller", "invoice-buyer", "tax-return", "xades-enveloped", "xades-enveloping")

_FILE = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options as given; see :data:`_OPTIONS`."""

    key: Path
    cert: Path | None
    chain: Path | None
    secret_file: Path | None
    output: Path | None
    level: str
    tsa: str | None
    allow: tuple[str, ...]
    pss: bool
    digest: str
    evidence: tuple[Path, ...]
    field: str
    page: int
    box: str | None
    reason: str
    location: str
    xml_parent: str
    xml_reference: str
    xml_form: str | None
    profile: str | None

    @property
    def plain_xml(self) -> bool:
        """Whether an XML signature is plain XML-DSig."""
        return self.xml_form == "xmldsig" or self.profile in ("invoice-seller", "invoice-buyer", "tax-return")


_OPTIONS = (
    click.option("--key", type=_FILE, required=True, metavar="FILE", help="Key: PKCS #12 (.p12, .pfx) or PEM."),
    click.option("--cert", type=_FILE, metavar="FILE", help="Certificate of a PEM key, where it is in another file."),
    click.option("--chain", type=_FILE, metavar="FILE", help="Certificates of the issuers of a PEM key."),
    click.option("--secret-file", type=_FILE, metavar="FILE", help="File with the secret of the key."),
    click.option("-o", "--output", type=_FILE, metavar="OUT", help="Output file or folder. Default: NAME.signed.EXT."),
    click.option(
        "--level", type=click.Choice(["B", "T"], case_sensitive=False), default="B", show_default=True, help="T: time-stamped."
    ),
    click.option("--tsa", metavar="URL", help="Time-stamping authority, for level T."),
    click.option(
        "--allow", multiple=True, metavar="HOST|CIDR", help="The authority may be here, though not public; repeatable."
    ),
    click.option("--pss", is_flag=True, help="RSA signatures with PSS padding rather than PKCS#1 v1.5."),
    click.option("--digest", type=click.Choice(["sha256", "sha384", "sha512"]), default="sha256", show_default=True),
    click.option("--evidence", type=_FILE, multiple=True, metavar="DIR", help="CRLs and OCSP answers; repeatable."),
    click.option("--field", default="", metavar="NAME", help="PDF: empty signature field, or name of a new one."),
    click.option("--page", type=int, default=1, show_default=True, metavar="N", help="PDF: page of a visible signature."),
    click.option("--box", metavar="X1,Y1,X2,Y2", help="PDF: rectangle of a visible signature, in points."),
    click.option("--reason", default="", metavar="TEXT", help="PDF: reason."),
    click.option("--location", default="", metavar="TEXT", help="PDF: place."),
    click.option("--xml-parent", default="", metavar="PATH", help="XML: where it goes, /HDon/DSCKS/NBan."),
    click.option("--xml-reference", default="", metavar="URI", help="XML: what is signed, #id; default the whole document."),
    click.option("--xml-form", type=click.Choice(["xades", "xmldsig"]), help="XML: form of the signature."),
    click.option("--profile", type=click.Choice(PROFILES), help="XML: a ready form and place."),
)


def all_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command all options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def wanted(found: Mapping[str, Any]) -> Wanted:
    """The options as one value."""
    return Wanted(**{item.name: found[item.name] for item in fields(Wanted)})


def signer(wanted: Wanted) -> KeySigner:
    """Open the key. The secret is asked for once.

    Raises:
        SignerUnavailableError, AuthorizationRefusedError: as the signers do.
    """
    from vnsign.signing.key_files import read_key_file
    from vnsign.signing.pem import PemSigner
    from vnsign.signing.pkcs12 import Pkcs12Signer

    def secret() -> str:
        return _secret(wanted)

    if b"-----BEGIN " in read_key_file(wanted.key):
        return PemSigner.open(wanted.key, wanted.cert, chain=wanted.chain, secret=secret)
    return Pkcs12Signer.open(wanted.key, secret)


def _secret(wanted: Wanted) -> str:
    given = options.read_secret(wanted.secret_file)
    if given is None:
        given = os.environ.get(SECRET_VARIABLE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise SignerUnavailableError(
            f"{wanted.key}: the key is protected and there is no terminal to ask at",
            code="SECRET_NEEDED",
            hint=f"--secret-file FILE, or the variable {SECRET_VARIABLE}",
        )
    from getpass import getpass

    return getpass(f"Mật khẩu / Password ({wanted.key.name}): ", sys.stderr)


def authority(wanted: Wanted) -> TimestampAuthority | None:
    """The time-stamping authority, where one is named."""
    if wanted.tsa is None:
        return None
    from vnsign.net.tsa import HttpTimestampAuthority

    return HttpTimestampAuthority(wanted.tsa, allow=wanted.allow)


def placement(file: Path, wanted: Wanted) -> PdfPlacement | XmlPlacement:
    """Where the signature of a file goes, by the format of its content.

    Raises:
        UnreadableDocumentError: the file cannot be read, or is neither PDF nor XML.
        ConfigurationError: an option of the other format.
    """
    from vnsign.formats.detect import detect

    try:
        with file.open("rb") as stream:
            format_ = detect(stream.read(1024))
    except OSError as error:
        raise UnreadableDocumentError(
            f"{file}: {error.strerror or error}", code="CANNOT_OPEN", hint="check the path"
        ) from error
    for_pdf = wanted.field or wanted.box or wanted.reason or wanted.location
    for_xml = wanted.xml_parent or wanted.xml_reference or wanted.xml_form or wanted.profile
    if for_xml if format_ == "pdf" else for_pdf:
        other = "XML" if format_ == "pdf" else "PDF"
        raise ConfigurationError(f"the file is {format_.upper()}, an option is for {other}", code="PLACEMENT_FORMAT")
    return _pdf(wanted) if format_ == "pdf" else _xml(wanted)


def _pdf(wanted: Wanted) -> PdfPlacement:
    from vnsign.formats.pdf.placement import PdfPlacement

    box = None if wanted.box is None else _box(wanted.box)
    return PdfPlacement(field=wanted.field, page=wanted.page, box=box, reason=wanted.reason, location=wanted.location)


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
    form = XmlForm.XMLDSIG if wanted.xml_form == "xmldsig" else XmlForm.XADES
    return XmlPlacement(form=form, parent=wanted.xml_parent, reference=wanted.xml_reference)


def _parent(wanted: Wanted) -> dict[str, str]:
    return {"parent": wanted.xml_parent} if wanted.xml_parent else {}
