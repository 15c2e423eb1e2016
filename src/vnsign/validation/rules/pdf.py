"""Structural rules of signed PDFs. The reader reports their breach; see ``vnsign.formats.pdf``."""

from __future__ import annotations

from vnsign.model.verdict import SubIndication
from vnsign.validation.registry import Citation, structural

_FORMAT = SubIndication.FORMAT_FAILURE
_CONSTRAINTS = SubIndication.SIG_CONSTRAINTS_FAILURE

structural("pdf.byte-range-missing", cites=(Citation("ISO 32000-2:2020, 12.8.1, table 255 (ByteRange)"),), on_fail=_FORMAT)
structural("pdf.byte-range-malformed", cites=(Citation("ISO 32000-2:2020, 12.8.1, table 255 (ByteRange)"),), on_fail=_FORMAT)
structural("pdf.byte-range-start", cites=(Citation("ISO 32000-2:2020, 12.8.1, table 255 (ByteRange)"),), on_fail=_FORMAT)
structural("pdf.byte-range-order", cites=(Citation("ISO 32000-2:2020, 12.8.1, table 255 (ByteRange)"),), on_fail=_FORMAT)
structural("pdf.byte-range-outside-file", cites=(Citation("ISO 32000-2:2020, 12.8.1, table 255 (ByteRange)"),), on_fail=_FORMAT)
structural("pdf.contents-missing", cites=(Citation("ISO 32000-2:2020, 12.8.1, table 255 (Contents)"),), on_fail=_FORMAT)
structural(
    "pdf.contents-outside-gap", cites=(Citation("ISO 32000-2:2020, 12.8.1, table 255 (ByteRange, Contents)"),), on_fail=_FORMAT
)
structural("pdf.contents-not-hexadecimal", cites=(Citation("ISO 32000-2:2020, 12.8.1, table 255 (Contents)"),), on_fail=_FORMAT)
structural("pdf.contents-filled", cites=(Citation("ISO 32000-2:2020, 12.8.1, table 255 (Contents)"),), on_fail=_CONSTRAINTS)
structural(
    "pdf.several-signers",
    cites=(Citation("ISO 32000-2:2020, 12.8.3.3.1"), Citation("ETSI EN 319 142-1 V1.2.1, 4.1")),
    on_fail=_FORMAT,
)
structural(
    "pdf.contents-delimiters-signed", cites=(Citation("ISO 32000-2:2020, 12.8.1, table 255 (ByteRange)"),), on_fail=_FORMAT
)
structural(
    "pdf.coverage-partial", cites=(Citation("ISO 32000-2:2020, 12.8.1; ETSI EN 319 142-1 V1.2.1, 5.5"),), on_fail=_FORMAT
)
structural("pdf.signature-dictionary-malformed", cites=(Citation("ISO 32000-2:2020, 12.8.1"),), on_fail=_FORMAT)
structural("pdf.sub-filter-unsupported", cites=(Citation("ISO 32000-2:2020, 12.8.3"),), on_fail=_CONSTRAINTS)
structural("pdf.timestamp-malformed", cites=(Citation("ISO 32000-2:2020, 12.8.5; RFC 3161, 2.4.2"),), on_fail=_FORMAT)
structural("pdf.shared-signature-object", cites=(Citation("ISO 32000-2:2020, 12.7.5.5 and 12.8.1"),), on_fail=_CONSTRAINTS)
structural("pdf.shared-byte-range", cites=(Citation("ISO 32000-2:2020, 12.8.1"),), on_fail=_CONSTRAINTS)
structural("pdf.changed-after-signing", cites=(Citation("ISO 32000-2:2020, 12.8.1 and 12.8.2.2.2"),), on_fail=_FORMAT)
structural("pdf.docmdp-violated", cites=(Citation("ISO 32000-2:2020, 12.8.2.2"),), on_fail=_FORMAT)
structural("pdf.fieldmdp-violated", cites=(Citation("ISO 32000-2:2020, 12.8.2.4"),), on_fail=_FORMAT)
structural("pdf.later-revisions-unreadable", cites=(Citation("ISO 32000-2:2020, 7.5.6"),), on_fail=_FORMAT)
structural("pdf.changes-not-compared", cites=(Citation("ISO 32000-2:2020, 7.5.6 and 12.8.2.2.2"),), on_fail=_CONSTRAINTS)
