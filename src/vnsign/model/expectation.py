"""What a caller expects of the signatures of a document beyond their validity: who, and of which class."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from vnsign.errors import ConfigurationError
from vnsign.model.report import SignatureClass, Signer

_TYPED = re.compile(r"([A-Za-z]{2,20})\s*:\s*(\S.*)")


@dataclass(frozen=True, slots=True)
class ExpectedSigner:
    """An applicant as a dossier names them.

    Attributes:
        type: type of the number (``MST``, ``CCCD``, ...); ``""`` when only the name is known.
        value: the number, or the name.
    """

    type: str
    value: str

    @classmethod
    def parse(cls, text: str) -> ExpectedSigner:
        """Read ``MST:0101234567``, ``CCCD:001099000001``, or a name.

        Raises:
            ConfigurationError: nothing but spaces, or a type without a number.
        """
        shown = " ".join(text.split())
        typed = _TYPED.fullmatch(shown)
        if typed is not None and bare(typed[2]):
            return cls(typed[1].upper(), typed[2].strip())
        if not shown or shown.endswith(":"):
            raise ConfigurationError(
                f"signer {text!r} says nothing",
                code="SIGNER_EXPECTED",
                hint="write MST:0101234567, CCCD:001099000001 or a name",
            )
        return cls("", shown)

    def __str__(self) -> str:
        return f"{self.type}:{self.value}" if self.type else self.value

    def numbers_of(self, signer: Signer) -> tuple[str, ...]:
        """The signer's numbers of the expected type, as written."""
        return tuple(item.value for item in signer.identifiers if item.type == self.type)

    def identifies(self, signer: Signer) -> bool:
        """Whether a number of the expected type is the expected one, signs between digits aside."""
        return bool(self.type) and any(bare(item) == bare(self.value) for item in self.numbers_of(signer))

    def names(self, signer: Signer) -> bool:
        """Whether the name is the expected one: a weak match, for names are not unique."""
        return not self.type and folded(self.value) in (folded(signer.name), folded(signer.organisation))


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of a document's signatures. The empty expectation asks nothing.

    Attributes:
        signers: each must have signed.
        classes: every signature must be of one of these classes; empty: any.
    """

    signers: tuple[ExpectedSigner, ...] = ()
    classes: tuple[SignatureClass, ...] = ()


def bare(number: str) -> str:
    """A number without the signs and spaces that people write between its digits."""
    return "".join(char for char in number.upper() if char.isalnum())


def folded(name: str) -> str:
    """A name made comparable: NFC, one space between words, without case."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()
