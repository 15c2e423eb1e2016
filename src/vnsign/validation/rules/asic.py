"""Structural rules of ASiC containers. The reader reports their breach; see ``vnsign.formats.asic``."""

from __future__ import annotations

from vnsign.model.verdict import SubIndication
from vnsign.validation.registry import Citation, structural

_SIMPLE = (Citation("ETSI EN 319 162-1 V1.1.1, 4.3.3"),)
_EXTENDED = (Citation("ETSI EN 319 162-1 V1.1.1, 4.4.4"),)
_MANIFEST = (Citation("ETSI EN 319 162-1 V1.1.1, A.4"),)

structural("asic.signature-file-malformed", cites=(Citation("ETSI EN 319 162-1 V1.1.1, 4.3.3 and 4.4"),))
structural("asic.manifest-missing", cites=_EXTENDED)
structural("asic.manifest-ambiguous", cites=_EXTENDED)
structural("asic.manifest-malformed", cites=_MANIFEST)
structural("asic.data-objects", cites=_SIMPLE)
# What follows is no fault of the signature: it still says what it says of the files that it covers.
structural(
    "asic.file-not-covered",
    cites=(Citation("ETSI EN 319 162-1 V1.1.1, 4.4.2"),),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
structural(
    "asic.manifest-differs",
    cites=(Citation("ETSI EN 319 162-1 V1.1.1, 4.4.3.1"), Citation("OASIS OpenDocument 1.2, part 3, 3.2")),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
structural(
    "asic.mimetype",
    cites=(Citation("ETSI EN 319 162-1 V1.1.1, 4.3.3.1 and A.1"),),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
