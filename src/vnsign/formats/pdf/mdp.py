"""What a signature says may be done after it: DocMDP, FieldMDP, the lock of its field (ISO 32000-2, 12.8.2)."""

from __future__ import annotations

from typing import Any

from vnsign.formats.pdf import raw as pdf


def transform(entries: Any, method: str) -> Any:
    """The parameters of a signature reference with the given transform method; ``None`` without."""
    for item in pdf.items(pdf.get(entries, "/Reference"))[:16]:
        reference = pdf.follow(item)
        if pdf.is_dict(reference) and pdf.get(reference, "/TransformMethod") == method:
            return pdf.get(reference, "/TransformParams")
    return None


def permission(entries: Any, holder: Any) -> int | None:
    """What DocMDP permits: 1 nothing, 2 forms and signatures, 3 also annotations; ``None`` where the signature sets none.

    ISO 32000-2, 12.8.2.2; or the field's own ``Lock`` (12.7.5.5). A value out of range is read as 1, the strictest.
    """
    parameters = transform(entries, "/DocMDP")
    value = pdf.get(parameters, "/P") if parameters is not None else pdf.get(pdf.get(holder, "/Lock"), "/P")
    if value is None:
        return 2 if parameters is not None else None
    return int(value) if pdf.is_integer(value) and int(value) in (1, 2, 3) else 1
