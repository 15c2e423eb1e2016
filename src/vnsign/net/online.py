"""Evidence from the network: issuers' certificates, OCSP answers and CRLs, for every signature and time-stamp of a document.

It fetches what the certificates name and the judgement will need, and leaves judging to the engine: what comes back proves
itself by its signature or is of no use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vnsign.errors import ConfigurationError
from vnsign.evidence.bundle import Evidence
from vnsign.evidence.cache import Cache
from vnsign.evidence.sources import Question
from vnsign.model.facts import SignatureFacts, TimestampFacts
from vnsign.net.http import FetchPolicy
from vnsign.net.renames import Rename
from vnsign.trust.store import Purpose


@dataclass(frozen=True, slots=True)
class Online:
    """The source that asks the network. Frozen and picklable; holds no connection.

    Attributes:
        allow: hosts and CIDR ranges that may be reached although they are not global (``FetchPolicy.allow``).
        cache: where answers are kept between documents and processes; ``None`` for nowhere.
        seconds: for one document, everything together.
        attempt_seconds: for one address, so that a silent one leaves time for the next.
        fetches: requests for one document.
        nonce: ask OCSP responders with a nonce (RFC 9654); their answers are then of no use to anybody else.
        renames: hosts that moved, by old host; those of the package where omitted.

    Raises:
        ConfigurationError: a bound that is not positive, an item of ``allow`` that is no host and no range.
    """

    allow: tuple[str, ...] = ()
    cache: Cache | None = None
    seconds: float = 20.0
    attempt_seconds: float = 8.0
    fetches: int = 24
    nonce: bool = False
    renames: Mapping[str, Rename] | None = field(default=None)

    def __post_init__(self) -> None:
        FetchPolicy(self.allow, seconds=min(self.seconds, self.attempt_seconds))
        if self.fetches < 0:
            raise ConfigurationError("a number of fetches must not be negative", code="BAD_BOUND")

    def gather(self, question: Question) -> Evidence:
        """What the network has for a document. Never raises for what others answer.

        Args:
            question: the document's facts and what is known already.

        Returns:
            What was fetched and is of use, and the attempts made.

        Not checked: that anything of it decides; the engine judges it with the rest.
        """
        from vnsign.net.door import Bounds, Door
        from vnsign.net.errand import Errand
        from vnsign.net.renames import known_renames

        bounds = Bounds(self.allow, self.seconds, self.attempt_seconds, self.fetches)
        door = Door.open(bounds, self.cache, known_renames() if self.renames is None else self.renames)
        errand = Errand(question, door, self.nonce, question.known)
        for token, owner, purpose in _judged(question.facts.signatures):
            errand.run(token, owner, purpose)
        return Evidence(
            tuple(item for item in errand.found.certificates if item not in question.known.certificates),
            tuple(item for item in errand.found.crls if item not in question.known.crls),
            tuple(item for item in errand.found.ocsps if item not in question.known.ocsps),
            tuple(dict.fromkeys(errand.attempts)),
        )


def _judged(signatures: tuple[SignatureFacts, ...]) -> list[tuple[SignatureFacts, SignatureFacts, Purpose]]:
    """Everything that will be judged, with whose certificates help: signatures first, since they matter most."""
    plain = [(item, item, Purpose.SIGNATURE) for item in signatures if item.document_timestamp is None]
    stamps: list[tuple[TimestampFacts, SignatureFacts]] = []
    for item in signatures:
        stamps.extend((stamp, item) for stamp in item.timestamps)
        if item.document_timestamp is not None:
            stamps.append((item.document_timestamp, item))
    return [*plain, *((stamp.token, owner, Purpose.TIMESTAMP) for stamp, owner in stamps)]
