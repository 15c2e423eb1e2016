"""Options of ``vnsign sign`` and ``vnsign prepare``, and what they mean. Names are stable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vnsign.cli import options, sources

if TYPE_CHECKING:
    from vnsign.signing.means import Means
    from vnsign.signing.timestamps import TimestampAuthority

PROFILES = ("invoice-seller", "invoice-buyer", "tax-return", "xades-enveloped", "xades-enveloping")
FORMS = ("pades", "xades", "xmldsig", "cades", "cades-attached", "asic-s", "asic-e", "asic-s-cades", "asic-e-cades")
LEVELS = ("B", "T", "LT", "LTA")

_FILE = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options as given; see :data:`_OPTIONS`."""

    output: Path | None
    form: str | None
    level: str
    tsa: str | None
    allow: tuple[str, ...]
    pss: bool
    digest: str
    evidence: tuple[Path, ...]
    online: bool
    cache: Path | None
    no_cache: bool
    commitment: tuple[str, ...]
    field: str
    page: int
    box: str | None
    reason: str
    location: str
    certify: str | None
    lint: str | None
    xml_parent: str
    xml_reference: str
    xml_form: str | None
    profile: str | None
    counter_signs: str

    @property
    def plain_xml(self) -> bool:
        """Whether an XML signature is plain XML-DSig."""
        named = "xmldsig" in (self.xml_form, self.form)
        return named or self.profile in ("invoice-seller", "invoice-buyer", "tax-return")


COMMITMENTS = ("origin", "receipt", "delivery", "sender", "approval", "creation")
CERTIFICATIONS = ("no-changes", "fill-forms", "annotate")

_OPTIONS = (
    click.option("-o", "--output", type=_FILE, metavar="OUT", help="Output file or folder. Default: NAME.signed.EXT."),
    click.option(
        "--form",
        type=click.Choice(FORMS),
        help="Form of the signature. Default: by content, PAdES or XAdES. cades: beside the file, NAME.p7s.",
    ),
    click.option(
        "--level",
        type=click.Choice(LEVELS, case_sensitive=False),
        default="B",
        show_default=True,
        help="T: time-stamped; LT: with the material to judge it later; LTA: and a time-stamp over that.",
    ),
    click.option("--tsa", metavar="URL", help="Time-stamping authority, for levels above B."),
    click.option("--allow", multiple=True, metavar="HOST|CIDR", help="May be asked, though not public; repeatable."),
    click.option("--pss", is_flag=True, help="RSA signatures with PSS padding rather than PKCS#1 v1.5."),
    click.option("--digest", type=click.Choice(["sha256", "sha384", "sha512"]), default="sha256", show_default=True),
    click.option("--evidence", type=_FILE, multiple=True, metavar="DIR", help="CRLs and OCSP answers; repeatable."),
    click.option("--online/--offline", default=False, help="Ask whether the certificate is in force. Default: no network."),
    click.option("--cache", type=_FILE, metavar="DIR", help="Folder that keeps what was fetched."),
    click.option("--no-cache", is_flag=True, help="Keep nothing that was fetched."),
    click.option("--commitment", multiple=True, type=click.Choice(COMMITMENTS), help="What the signature says; repeatable."),
    click.option("--field", default="", metavar="NAME", help="PDF: empty signature field, or name of a new one."),
    click.option("--page", type=int, default=1, show_default=True, metavar="N", help="PDF: page of a visible signature."),
    click.option("--box", metavar="X1,Y1,X2,Y2", help="PDF: rectangle of a visible signature, in points."),
    click.option("--reason", default="", metavar="TEXT", help="PDF: reason."),
    click.option("--location", default="", metavar="TEXT", help="PDF: place."),
    click.option("--certify", type=click.Choice(CERTIFICATIONS), help="PDF: certify, and what is allowed afterwards."),
    click.option(
        "--lint",
        type=click.Choice(["standard", "strict", "digitised"]),
        help="PDF: examine before signing, and do not sign what this profile refuses.",
    ),
    click.option("--xml-parent", default="", metavar="PATH", help="XML: where it goes, /HDon/DSCKS/NBan."),
    click.option("--xml-reference", default="", metavar="URI", help="XML: what is signed, #id; default the whole document."),
    click.option("--xml-form", type=click.Choice(["xades", "xmldsig"]), help="XML: form of the signature."),
    click.option("--profile", type=click.Choice(PROFILES), help="XML: a ready form and place."),
    click.option("--counter-signs", default="", metavar="ID", help="XML, CMS: counter-sign this signature."),
)


def all_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command all options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def wanted(found: Mapping[str, Any]) -> Wanted:
    """The options as one value."""
    return Wanted(**{item.name: found[item.name] for item in fields(Wanted)})


def authority(url: str | None, allow: tuple[str, ...]) -> TimestampAuthority | None:
    """The time-stamping authority, where one is named."""
    if url is None:
        return None
    from vnsign.net.tsa import HttpTimestampAuthority

    return HttpTimestampAuthority(url, allow=allow)


def means(wanted: Wanted, trust: tuple[Path, ...], password_file: Path | None) -> Means:
    """What the level needs, and what the certificate is checked with.

    Raises:
        ConfigurationError, TrustStoreError, EvidenceError: a file or folder that cannot be read, a level without its means.
    """
    from vnsign.signing.means import Means
    from vnsign.signing.profile import level_of
    from vnsign.trust.store import TrustStore

    asked = sources.Sources(wanted.evidence, wanted.online, wanted.allow, wanted.cache, wanted.no_cache, None)
    given = asked.read()
    with asked.open(given) as source:
        found = Means.of(
            timestamps=authority(wanted.tsa, wanted.allow),
            trust=TrustStore.load(*trust) if trust else None,
            evidence=given.evidence,
            source=source,
            password=options.read_secret(password_file),
        )
    found.require_for(level_of(wanted.level))
    return found
