"""Other people's files raised: whatever their form and age, what was signed stays, and what cannot be raised is said so."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import tsa_at
from vnsign import Evidence, TrustStore, augment
from vnsign._augment import AugmentedDocument
from vnsign._verify import read
from vnsign.errors import ConfigurationError, SelfCheckError, VnsignError
from vnsign.formats.source import DocumentSource
from vnsign.model.certificate import Certificate
from vnsign.model.facts import DocumentFacts, SignatureKind
from vnsign.model.limits import Limits
from vnsign.testing.pki import TestPki
from vnsign.trust.store import TrustFamily

pytestmark = [
    pytest.mark.corpus,
    # what cryptography thinks of old certificates is no matter here
    pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning"),
]

NOW = datetime(2026, 11, 20, tzinfo=UTC)
FOLDERS = ("pdf-dss", "pdf-pyhanko", "pdf-other", "xml-dss", "cades-dss", "asic-dss", "asic-openeid")
LARGEST = 2_000_000
SAID_SO = {
    *("NO_LEVELS", "XADES_VERSION", "NO_SIGNATURE", "NO_SIGNING_CERTIFICATE", "NOT_WORTH_RAISING", "EVIDENCE_MISSING"),
    *("XML_SIGNATURE_BROKEN", "XML_EXTERNAL_DATA", "ARCHIVE_TIMESTAMP_WOULD_BREAK", "LIMIT_EXCEEDED"),
}
"""Reasons for which a file of these folders may stay as it is."""


@cache
def manifest(folder: Path) -> Mapping[str, dict[str, Any]]:
    rows = (json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines())
    return {row["path"]: row for row in rows}


def readable(folder: Path, *, every: int) -> Iterator[tuple[str, bytes, dict[str, bytes], DocumentFacts]]:
    """One in so many of the files with a signature: path, bytes, detached data, facts."""
    for name in FOLDERS:
        files = sorted(item for item in (folder / name).rglob("*") if item.is_file() and item.stat().st_size < LARGEST)
        for path in files[::every]:
            shown = str(path.relative_to(folder))
            beside = manifest(folder).get(shown, {}).get("companions") or ()
            external = {Path(item).name: (folder / item).read_bytes() for item in beside}
            try:
                facts = read(DocumentSource.of(path), limits=Limits(), external=external)
            except VnsignError:
                continue
            if any(item.kind is SignatureKind.SIGNATURE for item in facts.signatures):
                yield shown, path.read_bytes(), external, facts


def test_files_of_any_form_are_time_stamped_or_refused_for_a_reason(shared_data: Path):
    said: Counter[str] = Counter()
    for name, data, external, _ in readable(shared_data / "corpora", every=5):
        try:
            made = augment(data, to="T", timestamps=tsa_at(NOW), at=NOW, external=external)
        except SelfCheckError as error:
            pytest.fail(f"{name}: {error.message}")
        except VnsignError as error:
            assert error.code in SAID_SO, f"{name}: {error.code} {error.message}"
            said[error.code] += 1
        else:
            said["raised"] += 1
            assert name.startswith(("xml", "asic", "cades")) or made.data.startswith(data)
    assert said["raised"] > 3 * (said.total() - said["raised"]), said


def authorities(facts: DocumentFacts) -> list[Certificate]:
    """The CAs that a file brings, as if its receiver trusted them."""
    from cryptography.x509 import BasicConstraints, ExtensionNotFound

    found = {}
    holders = [*facts.signatures, *(stamp.token for item in facts.signatures for stamp in item.timestamps)]
    for certificate in (*facts.certificates, *(item for holder in holders for item in holder.certificates)):
        try:
            basic = certificate.x509.extensions.get_extension_for_class(BasicConstraints).value
        except (ExtensionNotFound, ValueError):
            continue
        if basic.ca:
            found[certificate] = None
    return list(found)


def renewed(data: bytes, external: dict[str, bytes], facts: DocumentFacts) -> AugmentedDocument:
    own = TrustStore.of(*authorities(facts), family=TrustFamily.OWN, source="the file itself")
    pki = TestPki.load()
    return augment(
        data,
        to="LTA",
        timestamps=tsa_at(NOW),
        trust=pki.trust_store() | own,
        evidence=Evidence(crls=pki.crls(NOW)),
        at=NOW,
        external=external,
    )


def test_long_term_signatures_of_others_are_renewed_with_their_own_material(shared_data: Path):
    said: Counter[str] = Counter()
    for name, data, external, facts in readable(shared_data / "corpora", every=2):
        if not any(item.level in ("B-LT", "B-LTA") for item in facts.signatures):
            continue
        try:
            made = renewed(data, external, facts)
        except (SelfCheckError, ConfigurationError) as error:
            assert error.code in ("NO_ANCHOR", *SAID_SO), f"{name}: {error.code} {error.message}"
            continue
        except VnsignError as error:
            assert error.code in SAID_SO, f"{name}: {error.code} {error.message}"
            said[error.code] += 1
        else:
            said["raised"] += 1
            assert made.report is not None
            levels = {item.id: item.level for item in made.report.signatures}
            assert all(levels[id_] in ("B-LTA", "") for id_ in made.signature_ids), name
    assert said["raised"] >= 8, said
