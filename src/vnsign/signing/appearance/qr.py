"""QR codes of documents that a public-service information system issues: what they say, and the pattern (ISO/IEC 18004).

Content by Circular 01 of 2023 of the Government Office: dossier, procedure and applicant by their codes, name of the document,
name of the system, time of publication; a receipt adds the day of the appointment, a result its validity and scope, if any.
The circular lists the data and not how they are written: here one ``name: value`` a line, which a telephone shows as it is.
Not checked: whether the codes exist.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from enum import StrEnum

from vnsign.errors import ConfigurationError
from vnsign.model.moment import VIETNAM, utc
from vnsign.signing.appearance.text import clean

_QUIET = 4
"""Modules of white around the pattern (ISO/IEC 18004, 5.3.8)."""
_MOST_BYTES = 1_000


class DocumentKind(StrEnum):
    """What kind of document carries the code."""

    RECEIPT = "giay-tiep-nhan"
    RESULT = "ket-qua"
    OTHER = "khac"


_NAMES = {
    "kind": "Loại",
    "dossier": "Mã hồ sơ",
    "procedure": "Mã thủ tục",
    "applicant": "Mã định danh",
    "title": "Tên giấy tờ",
    "system": "Hệ thống",
    "published": "Thời điểm ban hành",
    "appointment": "Ngày hẹn trả",
    "validity": "Thời hạn hiệu lực",
    "scope": "Phạm vi hiệu lực",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QrData:
    """The data of one code.

    Attributes:
        kind: of document.
        dossier: code of the dossier.
        procedure: code of the administrative procedure.
        applicant: identification code of the applicant.
        title: name of the document.
        system: name of the information system.
        published: when it was issued, aware; whole seconds are kept.
        appointment: day of the appointment; a receipt has one, nothing else has.
        validity, scope: of a result, where it has them.

    Raises:
        ConfigurationError: ``QR_DATA``: something is missing or does not belong to the kind.
    """

    kind: DocumentKind
    dossier: str
    procedure: str
    applicant: str
    title: str
    system: str
    published: datetime
    appointment: date | None = None
    validity: str = ""
    scope: str = ""

    def __post_init__(self) -> None:
        for name in ("dossier", "procedure", "applicant", "title", "system", "validity", "scope"):
            given = getattr(self, name)
            if given or name not in ("validity", "scope"):
                object.__setattr__(self, name, clean(given, _NAMES[name]))
        object.__setattr__(self, "published", utc(self.published).replace(microsecond=0))
        if (self.appointment is not None) is not (self.kind is DocumentKind.RECEIPT):
            raise _refused("a receipt names the day of the appointment, and nothing else does")
        if (self.validity or self.scope) and self.kind is not DocumentKind.RESULT:
            raise _refused("validity and scope are those of a result")

    def content(self) -> str:
        """The text that the code holds."""
        said = {
            **{name: str(getattr(self, name)) for name in _NAMES if getattr(self, name)},
            "published": self.published.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S +07:00"),
        }
        if self.appointment is not None:
            said["appointment"] = self.appointment.strftime("%d/%m/%Y")
        return "\n".join(f"{_NAMES[name]}: {said[name]}" for name in _NAMES if name in said)


def parse_qr(content: str) -> QrData:
    """Read the text of a code.

    Raises:
        ConfigurationError: ``QR_DATA``: it is not one that :meth:`QrData.content` writes.
    """
    keys = {label: name for name, label in _NAMES.items()}
    found: dict[str, str] = {}
    for line in content.split("\n"):
        label, separator, value = line.partition(": ")
        if not separator or label not in keys or keys[label] in found:
            raise _refused(f"the line {line[:60]!r}")
        found[keys[label]] = value
    needed = [item.name for item in fields(QrData)][:7]
    if any(name not in found for name in needed):
        raise _refused("a line is missing")
    moment, day = found.pop("published"), found.pop("appointment", "")
    try:
        return QrData(
            kind=DocumentKind(found.pop("kind")),
            published=datetime.strptime(moment, "%d/%m/%Y %H:%M:%S %z").astimezone(UTC),
            appointment=_day(day) if day else None,
            **found,
        )
    except ValueError as error:
        raise _refused(str(error)) from None


def _day(text: str) -> date:
    match = re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", text)
    if match is None:
        raise ValueError(f"no day: {text!r}")
    return date(int(match[3]), int(match[2]), int(match[1]))


def pattern(content: str) -> tuple[tuple[bool, ...], ...]:
    """The modules of a code with its quiet zone, rows from the top; error correction M or better, UTF-8 declared (ECI 26).

    Raises:
        ConfigurationError: ``QR_DATA`` for a content too long to be read from paper, ``EXTRA_MISSING`` without segno.
    """
    try:
        import segno
    except ImportError as error:
        raise ConfigurationError("QR codes need segno", code="EXTRA_MISSING", hint="pip install 'vnsign[report]'") from error
    if len(content.encode()) > _MOST_BYTES:
        raise _refused(f"{len(content.encode())} bytes, more than {_MOST_BYTES}")
    code = segno.make_qr(content, error="m", encoding="utf-8", eci=True)
    return tuple(tuple(bool(module) for module in row) for row in code.matrix_iter(border=_QUIET))


def _refused(found: str) -> ConfigurationError:
    return ConfigurationError(f"QR code: {found}", code="QR_DATA", hint="see the list of data in QrData")
