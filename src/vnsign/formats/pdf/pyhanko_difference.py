"""The second half of the door to pyHanko: its difference analysis. Loading it costs an HTTP client, so it is loaded on demand.

pyHanko decides only whether every object that a later revision writes is explained by a kind of change that signatures
survive; what the change means is worded, and what it leads to is judged, elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vnsign.errors import LimitExceededError
from vnsign.formats.pdf import raw
from vnsign.formats.pdf.mdp import transform
from vnsign.formats.pdf.pyhanko_adapter import PdfDocument

LEVEL_VALIDATION = 1
LEVEL_OTHER = 4


@dataclass(frozen=True, slots=True)
class Difference:
    """What pyHanko made of one later revision.

    Attributes:
        level: 0 none, 1 validation material, 2 form filling and signing, 3 annotations, 4 anything else.
        reason: why the change is suspicious; empty when it is not.
        locked: a field that FieldMDP locks was changed.
        unreadable: the revision could not be compared at all.
    """

    level: int
    reason: str = ""
    locked: bool = False
    unreadable: bool = False


def difference(document: raw.PdfDocument, base: int, section: int, entries: Any, doc_mdp: int | None) -> Difference:
    """Compare a later revision with the signed one.

    Args:
        document: the opened PDF.
        base: section of the signed revision.
        section: section of the later revision.
        entries: the signature dictionary, for its FieldMDP.
        doc_mdp: the permission of DocMDP, 1 to 3; ``None`` without.

    Raises:
        LimitExceededError: the comparison takes too many steps.
    """
    if not isinstance(document, PdfDocument):
        raise TypeError("pyHanko compares what pyHanko has read")
    from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, SuspiciousModification
    from pyhanko.sign.fields import FieldMDPSpec, MDPPerm

    try:
        locks = transform(entries, "/FieldMDP")
        result = DEFAULT_DIFF_POLICY.apply(
            old=document.reader.get_historical_resolver(base),
            new=document.reader.get_historical_resolver(section),
            field_mdp_spec=FieldMDPSpec.from_pdf_object(locks) if locks is not None else None,
            doc_mdp=MDPPerm(doc_mdp) if doc_mdp is not None else None,
        )
    except LimitExceededError:
        raise
    except SuspiciousModification as error:
        said = str(error)
        return Difference(LEVEL_OTHER, said[:400], locked="is locked" in said)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 # hostile revisions make the analysis throw anything; never silence
        return Difference(LEVEL_OTHER, f"{type(error).__name__}: {error}"[:400], unreadable=True)
    return Difference(int(result.modification_level.value))
