"""A CMS structure enclosed in a PDF: what is a fault there and elsewhere, and what is another matter inside ``Contents``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from vnsign.model.facts import Problem

_INSIDE = {"cms.trailing-data": "pdf.contents-filled", "cms.several-signers": "pdf.several-signers"}


def enclosed(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems of a CMS structure, named as what they are inside the ``Contents`` of a signature dictionary.

    ``Contents`` is reserved before it is filled, and what follows the structure in it belongs to no content that is shown: a
    file that goes on after a CMS structure is another matter. A second signer contradicts ISO 32000 and PAdES; it keeps
    nobody from verifying the first.
    """
    return tuple(replace(item, rule=_INSIDE.get(item.rule, item.rule)) for item in problems)
