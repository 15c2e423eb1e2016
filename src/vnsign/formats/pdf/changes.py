"""What was changed after a signature: recognised where harmless, else compared by pyHanko, always said in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from vnsign.errors import LimitExceededError
from vnsign.formats.pdf import raw as pdf
from vnsign.formats.pdf.byterange import ByteRange
from vnsign.formats.pdf.increments import dangling, harmless, rewritten_object_streams
from vnsign.formats.pdf.mdp import permission, transform
from vnsign.formats.pdf.references import ReferenceIndex
from vnsign.formats.pdf.revisions import Coverage, only_white_space
from vnsign.model.facts import Change, ChangeKind, CoverageScope, Problem

_HARMLESS = (ChangeKind.VALIDATION_MATERIAL, ChangeKind.SIGNATURE_ADDED)


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes after one signature, and the problems they are."""

    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()


class ChangeReader:
    """Reads the changes after each signature of one document; what is known of a revision is kept for all signatures.

    Args:
        document: the opened PDF.
        most: objects that a revision may write to be compared, unless it is recognised as harmless.
    """

    def __init__(self, document: pdf.PdfDocument, most: int) -> None:
        self._document = document
        self._most = most
        self._index = ReferenceIndex(document)
        self._steps: dict[int, tuple[Change, ...] | None] = {}
        self._words: dict[int, tuple[Change, ...]] = {}

    def after(self, coverage: Coverage, found: ByteRange, entries: Any, holder: Any) -> Changes:
        """What was changed after a signature.

        Args:
            coverage: how much its byte range covers.
            found: its byte range.
            entries: the signature dictionary.
            holder: the field's dictionary, for its ``Lock``.

        Returns:
            Nothing for a signature over the whole document. For one over a whole revision, the changes of every later
            revision, allowed or not by DocMDP (ISO 32000-2, 12.8.2.2), FieldMDP (12.8.2.4) and the rules for updates of
            signed documents; what cannot be compared is a change that is not allowed. Rendered pages are not compared.
        """
        if coverage.scope in (CoverageScope.NOTHING, CoverageScope.WHOLE_DOCUMENT):
            return Changes()
        if coverage.scope is CoverageScope.PARTIAL or coverage.section is None:
            return self._outside(found)
        mdp = permission(entries, holder)
        parts = [
            self._section(coverage.section, section, entries, mdp)
            for section in range(coverage.section + 1, len(self._document.sections))
        ]
        parts += [self._hidden(coverage.section, found), self._unread(found)]
        return Changes(
            tuple(change for part in parts for change in part.changes), tuple(item for part in parts for item in part.problems)
        )

    def _outside(self, found: ByteRange) -> Changes:
        size = self._document.size
        if not found.end or only_white_space(self._document, found.end, size):
            return Changes()
        what = f"bytes {found.end}-{size - 1} follow the signed range and are not known to be an update of it"
        return Changes((Change(ChangeKind.OTHER, what, allowed=False),))

    def _section(self, base: int, section: int, entries: Any, mdp: int | None) -> Changes:
        if section not in self._steps:
            self._steps[section] = harmless(self._document, section, self._index)
        step = self._steps[section]
        restricted = mdp is not None or _has_field_locks(entries)
        if step is not None and (not restricted or all(item.kind is ChangeKind.VALIDATION_MATERIAL for item in step)):
            return Changes(step)
        return self._compared(base, section, entries, mdp)

    def _compared(self, base: int, section: int, entries: Any, mdp: int | None) -> Changes:
        written = len(self._document.written_in(section))
        if written > self._most:
            return self._too_many(section, written)
        self._document.require_comparison()
        from vnsign.formats.pdf.pyhanko_difference import LEVEL_OTHER, LEVEL_VALIDATION, difference

        number = self._document.number(section)
        try:
            result = difference(self._document, base, section, entries, mdp)
            words = self._described(section)
        except LimitExceededError as error:
            change = Change(ChangeKind.OTHER, f"revision {number} could not be compared: {error.message}", (), number)
            return Changes((change,), (_problem("pdf.changes-not-compared", (change,)),))
        if result.level >= LEVEL_OTHER:
            return _suspicious(words, result.reason, number, locked=result.locked, unreadable=result.unreadable)
        if mdp is not None and result.level > mdp:
            changes = _forbidden(words) or (Change(ChangeKind.OTHER, "objects changed", (), number),)
            return Changes(changes, (_problem("pdf.docmdp-violated", changes, permission=mdp),))
        if result.level <= LEVEL_VALIDATION:
            words = tuple(replace(item, kind=ChangeKind.VALIDATION_MATERIAL) for item in words)
        return Changes(tuple(replace(item, allowed=True) for item in words))

    def _too_many(self, section: int, written: int) -> Changes:
        """A revision that writes more objects than are compared: never allowed, and changed where content is seen to be."""
        number = self._document.number(section)
        words = _forbidden(self._described(section))
        what = f"revision {number} writes {written} objects, at most {self._most} are compared"
        change = Change(ChangeKind.OTHER, what, (), number)
        problems = [_problem("pdf.changes-not-compared", (change,))]
        if any(item.kind is ChangeKind.CONTENT for item in words):
            problems.insert(0, _problem("pdf.changed-after-signing", words))
        return Changes((*words, change), tuple(problems))

    def _described(self, section: int) -> tuple[Change, ...]:
        if section not in self._words:
            from vnsign.formats.pdf.wording import describe

            self._words[section] = describe(self._document, section)
        return self._words[section]

    def _hidden(self, base: int, found: ByteRange) -> Changes:
        undefined = dangling(self._document, base, found.end, self._index)
        streams = rewritten_object_streams(self._document, base)
        changes = []
        if undefined:
            what = "objects that the signed revision refers to were defined only later: " + ", ".join(map(str, undefined[:8]))
            changes.append(Change(ChangeKind.CONTENT, what, allowed=False))
        if streams:
            what = "object streams of the signed revision were written again: " + ", ".join(map(str, streams[:8]))
            changes.append(Change(ChangeKind.CONTENT, what, allowed=False))
        problems = (_problem("pdf.changed-after-signing", tuple(changes)),) if changes else ()
        return Changes(tuple(changes), problems)

    def _unread(self, found: ByteRange) -> Changes:
        document = self._document
        start = max(found.end, document.end)
        if only_white_space(document, start, document.size):
            return Changes()
        what = f"the later revisions cannot be read: bytes {start}-{document.size - 1} belong to no readable revision"
        change = Change(ChangeKind.OTHER, what, allowed=False)
        return Changes((change,), (_problem("pdf.later-revisions-unreadable", (change,)),))


def _suspicious(words: tuple[Change, ...], reason: str, number: int, *, locked: bool, unreadable: bool) -> Changes:
    changes = _forbidden(words)
    if unreadable or all(item.allowed for item in changes):
        said = "the later revisions cannot be read: " if unreadable else "objects changed that signing does not explain: "
        changes = (*changes, Change(ChangeKind.OTHER, said + " ".join(reason.split())[:200], (), number))
    problems = [_problem("pdf.changed-after-signing", changes)]
    if locked:
        problems = [_problem("pdf.fieldmdp-violated", changes)]
    elif unreadable:
        problems.append(_problem("pdf.later-revisions-unreadable", changes))
    return Changes(changes, tuple(problems))


def _forbidden(words: tuple[Change, ...]) -> tuple[Change, ...]:
    return tuple(replace(item, allowed=item.kind in _HARMLESS) for item in words)


def _has_field_locks(entries: Any) -> bool:
    return transform(entries, "/FieldMDP") is not None


def _problem(rule: str, changes: tuple[Change, ...], **parameters: object) -> Problem:
    bad = [item for item in changes if not item.allowed] or list(changes)
    pages = sorted({page for item in bad for page in item.pages})
    shown = ", ".join(map(str, pages[:20])) if pages else "-"
    what = "; ".join(item.what for item in bad)[:500]
    extra = tuple((name, str(value)) for name, value in parameters.items())
    return Problem(rule, (("pages", shown), ("what", what), *extra))
