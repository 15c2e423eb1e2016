"""A report as PDF, signed by the agency that made it: who has the paper can have its origin and wholeness verified, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vnsign.signing.document import SignedDocument
    from vnsign.signing.signer import Signer
    from vnsign.signing.timestamps import TimestampAuthority

REASON = "Biên bản kiểm tra chữ ký số"
"""What the signature says of itself where nothing else is asked for."""


def seal_report(
    pdf: bytes, signer: Signer, *, timestamps: TimestampAuthority | None = None, name: str = "report.pdf", **options: Any
) -> SignedDocument:
    """Sign a report: one invisible PAdES signature that certifies the paper and allows no change after it.

    Args:
        pdf: of :func:`vnsign.report.pdf.render`.
        signer: of the agency.
        timestamps: with it the signature is of level T, unless ``options`` say otherwise.
        name: of the result, for people.
        options: as of :func:`vnsign.sign`; a ``placement`` replaces the one described.

    Raises:
        SigningError, ConfigurationError: as :func:`vnsign.sign`.
    """
    from vnsign._sign import sign
    from vnsign.formats.pdf.placement import Certification, PdfPlacement
    from vnsign.formats.source import DocumentSource
    from vnsign.signing.profile import SignatureLevel

    options.setdefault("level", SignatureLevel.B if timestamps is None else SignatureLevel.T)
    options.setdefault("placement", PdfPlacement(reason=REASON, certification=Certification.NO_CHANGES))
    return sign(DocumentSource(name, data=pdf), signer, timestamps=timestamps, **options)
