"""The one exception inside the reader: a fault that becomes a ``Problem`` of the signature being read."""

from __future__ import annotations

from vnsign.model.facts import Problem


class Fault(Exception):  # noqa: N818 - it is a fault of the document, not an error of the program
    """Processing of one reference or element stopped. Never leaves this package."""

    def __init__(self, rule: str, **parameters: object) -> None:
        super().__init__(rule)
        self.problem = problem(rule, **parameters)


def problem(rule: str, **parameters: object) -> Problem:
    """A problem with its parameters as short text: what a document says is shown, never trusted to be short."""
    return Problem(rule, tuple((name, str(value)[:300]) for name, value in parameters.items()))
