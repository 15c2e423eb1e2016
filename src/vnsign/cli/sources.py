"""Options of ``vnsign verify`` that say where evidence comes from, and where it is saved."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vnsign.cli import output
from vnsign.errors import ConfigurationError, EvidenceError, OutputExistsError

if TYPE_CHECKING:
    from vnsign._verify import Verifier
    from vnsign.evidence.bundle import Evidence, SavedEvidence
    from vnsign.evidence.cache import Cache
    from vnsign.evidence.sources import EvidenceSource
    from vnsign.model.policy import ValidationPolicy

Command = TypeVar("Command", bound=Callable[..., Any])

_MOST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Given:
    """What ``--evidence`` named: evidence for all documents, and saved evidence where one of the files was that."""

    evidence: Evidence
    saved: SavedEvidence | None

    def moment(self, at: datetime | None) -> datetime:
        """The validation time: as asked for, else as saved, else now."""
        from datetime import UTC

        if at is not None:
            return at
        return datetime.now(UTC) if self.saved is None else self.saved.at

    def policy(self, name: str | None) -> ValidationPolicy | None:
        """The policy: as asked for, else as saved.

        Raises:
            ConfigurationError: there is no such policy, or the saved one is not built in and its file must be named.
        """
        from vnsign.validation import policies

        if name is not None:
            return policies.load(name)
        if self.saved is None or not self.saved.policy_chosen:
            return None
        if self.saved.policy not in policies.BUILT_IN:
            raise ConfigurationError(
                f"the evidence was saved under the policy {self.saved.policy!r}, which is not built in",
                code="UNKNOWN_POLICY",
                hint="name its file with --policy FILE.toml",
            )
        return policies.load(self.saved.policy)


@dataclass(frozen=True, slots=True)
class Sources:
    """What the options asked for."""

    evidence: tuple[Path, ...]
    online: bool
    allow: tuple[str, ...]
    cache: Path | None
    no_cache: bool
    save: Path | None

    def read(self) -> Given:
        """Read what ``--evidence`` named.

        Raises:
            EvidenceError: a file or folder that cannot be read, or is damaged.
            ConfigurationError: saved evidence was named twice.
        """
        from vnsign.evidence.bundle import Evidence

        if self.save is not None and self.save.exists():
            raise OutputExistsError(f"{self.save}: exists already", hint="name another file, or remove it")
        found, saved = Evidence(), None
        for path in self.evidence:
            part = _read(path)
            if isinstance(part, Evidence):
                found |= part
            elif saved is None:
                saved = part
            else:
                raise ConfigurationError(f"{path}: saved evidence can be replayed from one file only", code="USAGE")
        return Given(found if saved is None else saved.given | found, saved)

    def described(self, given: Given) -> str:
        """Where evidence comes from besides what was given, in words that are the same for the same sources."""
        import hashlib

        if self.online:
            return f"online {' '.join(sorted(self.allow))}".strip()
        if given.saved is None:
            return ""
        from vnsign.evidence.bundle import dumps

        return f"saved {hashlib.sha256(dumps(given.saved)).hexdigest()[:32]}"

    @contextlib.contextmanager
    def open(self, given: Given) -> Iterator[EvidenceSource]:
        """The source that the verifier is to ask, until the block ends."""
        if self.save is None:
            yield self._source(given)
            return
        import tempfile

        from vnsign.evidence.replay import Recording

        with tempfile.TemporaryDirectory(prefix="vnsign-") as folder:
            yield Recording(self._source(given), Path(folder))

    def finish(self, verifier: Verifier, moment: datetime) -> None:
        """Write the file of ``--save-evidence``.

        Raises:
            EvidenceError: it cannot be written.
        """
        if self.save is None:
            return
        from vnsign.evidence.bundle import dumps
        from vnsign.evidence.replay import Recording

        if not isinstance(verifier.source, Recording):
            return
        data = dumps(verifier.saved(moment, verifier.source.gathered()))
        try:
            with self.save.open("xb") as stream:
                stream.write(data)
        except OSError as error:
            raise EvidenceError(f"{self.save}: {error.strerror or error}", code="CANNOT_WRITE") from error

    def _source(self, given: Given) -> EvidenceSource:
        from vnsign.evidence.sources import Offline

        if given.saved is not None and self.online:
            raise ConfigurationError("saved evidence is replayed without network", code="USAGE", hint="leave out --online")
        if self.online:
            from vnsign.net.online import Online

            return Online(self.allow, self._cache())
        if given.saved is None:
            return Offline()
        from vnsign.evidence.replay import Replayed

        return Replayed(given.saved)

    def _cache(self) -> Cache | None:
        from vnsign.evidence.cache import Cache, default_cache

        if self.no_cache:
            return None
        return default_cache() if self.cache is None else Cache(self.cache)


def warn_of_changes(given: Given, verifier: Verifier) -> None:
    """Say on stderr when saved evidence is judged by other rules or other trust than when it was saved."""
    if given.saved is None:
        return
    now = verifier.saved(given.saved.at)
    if now.rules != given.saved.rules:
        output.say(f"quy tắc đã khác khi lưu / other rules than when saved: {given.saved.rules} → {now.rules}")
    if now.trust != given.saved.trust:
        output.say("dữ liệu tin cậy đã khác khi lưu / other trust data than when saved")


def load_evidence(paths: Sequence[Path]) -> Evidence:
    """All evidence of files and folders; of saved evidence, what was given when it was saved. Errors as ``Sources.read``."""
    return Sources(tuple(paths), online=False, allow=(), cache=None, no_cache=True, save=None).read().evidence


def _read(path: Path) -> Evidence | SavedEvidence:
    from vnsign.evidence.directory import load_evidence, load_evidence_file

    if not path.is_file():
        return load_evidence(path)
    from vnsign.evidence.saved import looks_saved
    from vnsign.trust.reading import read_bounded

    with contextlib.suppress(OSError), path.open("rb") as stream:
        if not looks_saved(stream.read(256)):
            return load_evidence_file(path)
    from vnsign.evidence.bundle import loads

    return loads(read_bounded(path, _MOST_BYTES, EvidenceError, hint="this is no saved evidence"))


def options(command: Command) -> Command:
    """Add the options; the command takes them as ``sources``."""

    @functools.wraps(command)
    def packed(
        *arguments: Any,
        evidence: tuple[Path, ...],
        online: bool,
        allow: tuple[str, ...],
        cache: Path | None,
        no_cache: bool,
        save_evidence: Path | None,
        **others: Any,
    ) -> Any:
        sources = Sources(evidence, online, allow, cache, no_cache, save_evidence)
        return command(*arguments, sources=sources, **others)

    for add in reversed(_OPTIONS):
        add(packed)
    return packed  # type: ignore[return-value] # click calls it with other keywords than the command has


_PATH = click.Path(path_type=Path)
_OPTIONS = (
    click.option(
        "--evidence",
        type=_PATH,
        multiple=True,
        metavar="FILE|DIR",
        help="CRLs, OCSP answers, certificates; or what --save-evidence wrote; repeatable.",
    ),
    click.option(
        "--online/--offline", default=False, help="Fetch issuers' certificates, OCSP answers, CRLs. Default: no network."
    ),
    click.option("--allow", multiple=True, metavar="HOST|CIDR", help="May be fetched from, though not public; repeatable."),
    click.option("--cache", type=_PATH, metavar="DIR", help="Folder that keeps what was fetched. Default: the user's cache."),
    click.option("--no-cache", is_flag=True, help="Keep nothing that was fetched, use nothing that is kept."),
    click.option(
        "--save-evidence", type=_PATH, metavar="FILE", help="Write what was judged with, to be replayed with --evidence FILE."
    ),
)
