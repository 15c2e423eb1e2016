"""The registry of rules: each has one id, citations with dates, a window in force, and a place in the procedure.

A rule is a pure function of a :class:`~vnsign.validation.case.Case`. A *structural* rule has no function: a format reader
reports its breach as a :class:`~vnsign.model.facts.Problem`, and it passes where no such problem was reported. A *document*
rule looks at the reports of all signatures of a document, once each is judged by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from vnsign.errors import ConfigurationError
from vnsign.model.finding import Outcome, Parameters
from vnsign.model.verdict import SubIndication

if TYPE_CHECKING:
    from vnsign.model.expectation import Expectation
    from vnsign.model.report import SignatureReport
    from vnsign.validation.case import Case


class Block(StrEnum):
    """The building block of EN 319 102-1, clause 5.2, that a rule belongs to."""

    FORMAT_CHECKING = "5.2.2"
    IDENTIFICATION = "5.2.3"
    CONTEXT_INITIALISATION = "5.2.4"
    X509_VALIDATION = "5.2.6"
    CRYPTOGRAPHIC_VERIFICATION = "5.2.7"
    SIGNATURE_ACCEPTANCE = "5.2.8"
    TIMESTAMP_VALIDATION = "5.4"
    WITH_TIME = "5.5"


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule comes from. ``until`` is the last day on which the text cited was in force."""

    text: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a rule said of a case."""

    outcome: Outcome
    parameters: Parameters = ()
    sub_indication: SubIndication | None = None


Check = Callable[["Case"], Result]
DocumentCheck = Callable[[Sequence["SignatureReport"], "Expectation"], Sequence[Result]]
"""From the reports of a document's signatures, document time-stamps left out, to one result for each."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule.

    Attributes:
        id: ``topic.name``.
        block: its place in the procedure.
        cites: where it comes from.
        on_fail: the sub-indication it leads to under severity ``fail``, unless the result names another.
        check: the function, or ``None`` for a structural or document rule.
        document_check: the function of a document rule.
        since, until: first and last day of signing for which the rule is in force.
    """

    id: str
    block: Block
    cites: tuple[Citation, ...]
    on_fail: SubIndication
    check: Check | None = None
    since: date | None = None
    until: date | None = None
    document_check: DocumentCheck | None = None

    @property
    def structural(self) -> bool:
        """Whether a format reader reports its breach."""
        return self.check is None and self.document_check is None

    def in_force(self, on: date) -> bool:
        """Whether the rule binds a signature made on that day."""
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)


_RULES: dict[str, Rule] = {}


def _add(rule: Rule) -> None:
    if rule.id in _RULES:
        raise ConfigurationError(f"rule {rule.id} is registered twice", code="RULE_TWICE")
    if not rule.cites:
        raise ConfigurationError(f"rule {rule.id} cites nothing", code="RULE_WITHOUT_CITATION")
    _RULES[rule.id] = rule


def rule(
    id_: str,
    *,
    block: Block,
    cites: tuple[Citation, ...],
    on_fail: SubIndication,
    since: date | None = None,
    until: date | None = None,
) -> Callable[[Check], Check]:
    """Register the decorated function as a rule."""

    def register(check: Check) -> Check:
        _add(Rule(id_, block, cites, on_fail, check, since, until))
        return check

    return register


def document_rule(
    id_: str,
    *,
    block: Block,
    cites: tuple[Citation, ...],
    on_fail: SubIndication,
    since: date | None = None,
    until: date | None = None,
) -> Callable[[DocumentCheck], DocumentCheck]:
    """Register the decorated function as a rule over all signatures of a document."""

    def register(check: DocumentCheck) -> DocumentCheck:
        _add(Rule(id_, block, cites, on_fail, since=since, until=until, document_check=check))
        return check

    return register


def structural(
    id_: str,
    *,
    cites: tuple[Citation, ...],
    on_fail: SubIndication = SubIndication.FORMAT_FAILURE,
    block: Block = Block.FORMAT_CHECKING,
) -> None:
    """Register a rule whose breach a format reader reports."""
    _add(Rule(id_, block, cites, on_fail))


@lru_cache(maxsize=1)
def rules() -> Mapping[str, Rule]:
    """All registered rules by id. The set is closed once it has been asked for."""
    from vnsign.validation.rules import load

    load()
    return MappingProxyType(dict(_RULES))


@lru_cache(maxsize=1)
def checked_rules() -> tuple[Rule, ...]:
    """The rules that are functions; structural rules speak only where a reader reported a problem."""
    return tuple(item for item in rules().values() if item.check is not None)


@lru_cache(maxsize=1)
def document_rules() -> tuple[Rule, ...]:
    """The rules over all signatures of a document."""
    return tuple(item for item in rules().values() if item.document_check is not None)


def passed(**parameters: object) -> Result:
    """The rule holds."""
    return Result(Outcome.PASSED, _text(parameters)) if parameters else _PASSED


def failed(sub_indication: SubIndication | None = None, /, **parameters: object) -> Result:
    """The rule is broken."""
    return Result(Outcome.FAILED, _text(parameters), sub_indication)


def indeterminate(sub_indication: SubIndication | None = None, /, **parameters: object) -> Result:
    """It cannot be said whether the rule holds."""
    return Result(Outcome.INDETERMINATE, _text(parameters), sub_indication)


def not_applicable() -> Result:
    """The rule does not speak of this case."""
    return _NOT_APPLICABLE


_PASSED, _NOT_APPLICABLE = Result(Outcome.PASSED), Result(Outcome.NOT_APPLICABLE)


def _text(parameters: dict[str, object]) -> Parameters:
    return tuple([(name, str(value)) for name, value in parameters.items()])
