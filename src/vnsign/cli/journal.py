"""``--resume JOURNAL``: what a run has judged, so that an interrupted run goes on where it stopped.

A document is recorded, whole or not at all, before anything is written of it: after any interruption each document either
has its one record or is judged when the run is resumed. A journal is of one run: it is bound to trust, policy, rules, evidence
and validation time, for reports that were judged differently must not stand in one result.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from vnsign.errors import ConfigurationError

if TYPE_CHECKING:
    from vnsign._verify import Verifier
    from vnsign.cli.inputs import Item
    from vnsign.evidence.bundle import Evidence
    from vnsign.model.report import DocumentReport

_FORMAT = "vnsign.journal/1"
_MOMENT = "validation time"
_LONGEST_REPORT = 64 * 1024 * 1024
_TABLES = """
CREATE TABLE IF NOT EXISTS run (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS judged (
    place INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    verdict TEXT NOT NULL,
    report BLOB NOT NULL
);
"""


class Journal:
    """The journal of one run; open it with :meth:`open`, in a ``with`` block. Used by one thread."""

    def __init__(self, base: sqlite3.Connection, path: Path) -> None:
        self._base, self._path = base, path

    @classmethod
    def open(cls, path: Path) -> Journal:
        """Open a journal, or begin one. Nobody else can use it until it is closed.

        Args:
            path: an SQLite file; a new one is made.

        Raises:
            ConfigurationError: ``JOURNAL_IN_USE``, ``JOURNAL_DAMAGED`` (also for any other file), ``CANNOT_OPEN``.
        """
        try:
            base = sqlite3.connect(path, isolation_level=None, timeout=0.5)
        except sqlite3.Error as error:
            raise ConfigurationError(f"{path}: {error}", code="CANNOT_OPEN", hint="check folder and permissions") from error
        journal = cls(base, path)
        try:
            journal._begin()
        except BaseException:
            base.close()
            raise
        return journal

    def _begin(self) -> None:
        with self._said():
            tables = {name for (name,) in self._base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if tables and not {"run", "judged"} <= tables:
                raise self._damaged("another program's database")
            self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
            # A record survives the end of this process at any moment; after a power cut the last may be missing.
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = NORMAL")
            self._base.execute("BEGIN IMMEDIATE")
            for statement in _TABLES.split(";\n"):
                self._base.execute(statement)
            self._base.execute("COMMIT")

    @property
    def moment(self) -> datetime | None:
        """The validation time of the run; ``None`` for a new journal."""
        with self._said():
            row = self._base.execute("SELECT value FROM run WHERE name = ?", (_MOMENT,)).fetchone()
            return None if row is None else datetime.fromisoformat(row[0])

    def bind(self, properties: Mapping[str, str], moment: datetime) -> None:
        """Bind a new journal to a run; compare one that is bound.

        Args:
            properties: what the run judges with, by name.
            moment: the validation time, aware.

        Raises:
            ConfigurationError: ``JOURNAL_OTHER_RUN``, naming what differs.
        """
        wanted = {"format": _FORMAT, **properties, _MOMENT: moment.isoformat()}
        with self._said():
            known = dict(self._base.execute("SELECT name, value FROM run"))
            if not known:
                self._base.execute("BEGIN IMMEDIATE")
                self._base.executemany("INSERT INTO run VALUES (?, ?)", wanted.items())
                self._base.execute("COMMIT")
                return
        other = sorted(name for name in wanted.keys() | known.keys() if wanted.get(name) != known.get(name))
        if other:
            raise ConfigurationError(
                f"{self._path}: the journal is of a run with other {', '.join(other)}",
                code="JOURNAL_OTHER_RUN",
                hint="resume with the same trust, policy, evidence and options, or name a new journal",
            )

    def find(self, item: Item) -> DocumentReport | None:
        """The report of a document that was judged and has not changed since: size and time, or else the hash, are the same.

        Raises:
            ConfigurationError: ``JOURNAL_DAMAGED``.
        """
        asked = "SELECT place, size, mtime, sha256, report FROM judged WHERE key = ?"
        with self._said():
            row = self._base.execute(asked, (item.key,)).fetchone()
            if row is None:
                return None
            place, size, mtime, sha256, packed = row
            if (size, mtime) != (item.size, item.mtime):
                if not sha256 or sha256 != item.sha256():
                    return None
                self._base.execute("UPDATE judged SET size = ?, mtime = ? WHERE place = ?", (item.size, item.mtime, place))
        return self._report(packed, item.source.name)

    def add(self, item: Item, report: DocumentReport) -> None:
        """Record the report of a document; when this returns it survives the end of the process.

        Raises:
            ConfigurationError: ``CANNOT_WRITE``: no space, or no permission.
        """
        from vnsign.report.json import to_json
        from vnsign.report.viewing import verdict_key

        packed = zlib.compress(json.dumps(to_json(report), ensure_ascii=False, separators=(",", ":")).encode(), 1)
        values = (item.key, report.name, item.size, item.mtime, report.sha256, verdict_key(report), packed)
        with self._said():
            self._base.execute(
                "INSERT OR REPLACE INTO judged (key, path, size, mtime, sha256, verdict, report) VALUES (?, ?, ?, ?, ?, ?, ?)",
                values,
            )

    def _report(self, packed: bytes, name: str) -> DocumentReport:
        from vnsign.model.report import DocumentReport as Report
        from vnsign.report.json import from_json
        from vnsign.report.strict import conforms

        try:
            text = zlib.decompressobj().decompress(packed, _LONGEST_REPORT)
            found = from_json(json.loads(text))
        except (zlib.error, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise self._damaged("a record that is no report") from error
        if not conforms(found, Report):
            raise self._damaged("a record that is no report")
        return replace(found, name=name)

    def _damaged(self, found: str) -> ConfigurationError:
        return ConfigurationError(
            f"{self._path}: no journal of this program: {found}", code="JOURNAL_DAMAGED", hint="name another file"
        )

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise ConfigurationError(
                    f"{self._path}: another run uses the journal", code="JOURNAL_IN_USE", hint="wait for its end"
                ) from error
            hint = "check permissions and free space"
            raise ConfigurationError(f"{self._path}: {error}", code="CANNOT_WRITE", hint=hint) from error
        except (sqlite3.DatabaseError, ValueError) as error:
            raise self._damaged(str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._base.close()


def properties(verifier: Verifier, *, isolated: bool, source: str = "") -> dict[str, str]:
    """What a run judges with, by name: fingerprints, never the values.

    Args:
        verifier: trust, policy, evidence and expectations.
        isolated: whether documents are judged in workers.
        source: further words on where evidence comes from.
    """
    from vnsign.validation.fingerprint import rules_fingerprint, trust_fingerprint

    policy = verifier.policy
    return {
        "trust": trust_fingerprint(verifier.trust),
        "rules": rules_fingerprint(),
        "policy": "by time" if policy is None else f"{policy.id} {policy.version} {_hash(repr(policy))}",
        "evidence": f"{_of_evidence(verifier.evidence)} {source}".strip(),
        "expected signers and classes": _hash(repr(verifier.expected)),
        "signature policies": _hash(*sorted(repr(item.identifier) + _hash(item.data) for item in verifier.signature_policies)),
        "detached data": _hash(*(f"{uri} {_hash(data)}" for uri, data in sorted(verifier.external.items()))),
        "password": "none" if verifier.password is None else "given",
        "isolation": "worker" if isolated else "none",
    }


def _of_evidence(evidence: Evidence) -> str:
    return _hash(*(_hash(*sorted(map(_hash, part))) for part in (_ders(evidence), evidence.crls, evidence.ocsps)))


def _ders(evidence: Evidence) -> tuple[bytes, ...]:
    return tuple(certificate.der for certificate in evidence.certificates)


def _hash(*parts: str | bytes) -> str:
    found = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()[:32]
