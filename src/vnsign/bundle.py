"""A document with its verdict and everything that the verdict rests on, in one file that verifies again years later.

An ASiC-E container with the document, the report, the evidence and a list of what it was judged with. Sealed on request: one
signature over all of it. The trust anchors are not inside: whoever checks it anew says whom he trusts, and is told when that is
not what was trusted then.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from vnsign._verify import Document, Verifier
from vnsign._version import __version__
from vnsign.errors import ConfigurationError, UnreadableDocumentError, VnsignError
from vnsign.evidence.bundle import SavedEvidence, dumps, loads
from vnsign.evidence.replay import Recording, Replayed
from vnsign.formats.source import DocumentSource
from vnsign.model.expectation import Expectation, ExpectedSigner
from vnsign.model.limits import Limits
from vnsign.model.report import DocumentReport, SignatureClass
from vnsign.model.signature_policy import PolicyDocument
from vnsign.report import json as report_json

if TYPE_CHECKING:
    from vnsign.model.policy import ValidationPolicy
    from vnsign.signing.document import SignedDocument
    from vnsign.signing.signer import Signer
    from vnsign.signing.timestamps import TimestampAuthority
    from vnsign.trust.store import TrustStore

SCHEMA = "vnsign.bundle/1"
_LIST, _REPORT, _EVIDENCE = "bundle.json", "report.json", "evidence.json"
_DOCUMENT, _EXTERNAL, _POLICIES = "document/", "external/", "signature-policies/"
_MOST_JSON = 256 << 20
_MEDIA_TYPE = b"application/vnd.etsi.asic-e+zip"


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle holds, read and consistent with itself.

    Attributes:
        name: of the document.
        document: its bytes.
        report: the verdict of then.
        evidence: what it was judged with, the validation time and the policy among it.
        external: detached data, by URI or name.
        expected: who was to have signed.
        signature_policies: documents of the signature policies that signers name.
        program: what wrote it.
    """

    name: str
    document: bytes = field(repr=False)
    report: DocumentReport
    evidence: SavedEvidence
    external: Mapping[str, bytes] = field(repr=False)
    expected: Expectation
    signature_policies: tuple[PolicyDocument, ...] = field(repr=False)
    program: str


@dataclass(frozen=True, slots=True)
class Rechecked:
    """A bundle judged anew.

    Attributes:
        then: the report in the bundle.
        now: the report of now, at the same validation time, with the same evidence.
        same: whether both are equal in everything.
        other_rules: whether the rules of now are not those of then.
        other_trust: whether the anchors of now are not those of then.
    """

    then: DocumentReport
    now: DocumentReport
    same: bool
    other_rules: bool
    other_trust: bool


def make_bundle(document: Document, verifier: Verifier, *, at: datetime | None = None, name: str | None = None) -> bytes:
    """Judge a document and pack it with its verdict and what the verdict rests on.

    Args:
        document: bytes or a path; one that cannot be read is packed with its error.
        verifier: trust, policy, evidence, source.
        at: the validation time, aware; now where omitted.
        name: of the document, for people; its own where omitted.

    Returns:
        The container, not sealed yet.

    Raises:
        UnreadableDocumentError: there are no bytes. LimitExceededError: over a limit.
        ConfigurationError: a moment without zone.
    """
    source = DocumentSource.of(document, name)
    data = source.read(Limits())
    held = DocumentSource(PurePosixPath(source.name.replace("\\", "/")).name or "document", data=data)
    with tempfile.TemporaryDirectory(prefix="vnsign-") as folder:
        recording = Recording(verifier.source, Path(folder))
        recorded = replace(verifier, source=recording)
        report = recorded.report(held, at=at)
        saved = recorded.saved(report.validation_time, recording.gathered())
    return _written(held.name, data, report, saved, verifier)


def _written(name: str, data: bytes, report: DocumentReport, saved: SavedEvidence, verifier: Verifier) -> bytes:
    from vnsign.formats.asic.zip_write import NewEntry, write_container

    inside = _file_name(name)
    external = {f"{_EXTERNAL}{number:03}": item for number, item in enumerate(verifier.external.items())}
    named = {f"{_POLICIES}{number:03}": item for number, item in enumerate(verifier.signature_policies)}
    contents = {
        f"{_DOCUMENT}{inside}": data,
        _REPORT: report_json.dumps([report]).encode(),
        _EVIDENCE: dumps(saved),
        **{place: octets for place, (_, octets) in external.items()},
        **{place: item.data for place, item in named.items()},
    }
    listed = {
        "schema": SCHEMA,
        "program": f"vnsign {__version__}",
        "document": {"name": name, "entry": f"{_DOCUMENT}{inside}"},
        "external": {place: uri for place, (uri, _) in external.items()},
        "signature_policies": {place: item.identifier for place, item in named.items()},
        "expected": {
            "signers": [[item.type, item.value] for item in verifier.expected.signers],
            "classes": [item.value for item in verifier.expected.classes],
        },
        "rules": saved.rules,
        "trust": saved.trust,
        "sha256": {place: hashlib.sha256(octets).hexdigest() for place, octets in contents.items()},
    }
    entries = [NewEntry("mimetype", _MEDIA_TYPE, stored=True)]
    entries.append(NewEntry(_LIST, json.dumps(listed, ensure_ascii=False, indent=2, sort_keys=True).encode()))
    entries += [NewEntry(place, octets) for place, octets in contents.items()]
    return write_container(entries)


def _file_name(name: str) -> str:
    """The document's name where any container can have it, else a plain one; the true name is in the list."""
    from vnsign.formats.asic.entry_names import check_file_name

    try:
        check_file_name(f"{_DOCUMENT}{name}")
    except ConfigurationError:
        return "document"
    return name


def seal(
    bundle: bytes, signer: Signer, *, timestamps: TimestampAuthority | None = None, name: str = "bundle.asice", **options: Any
) -> SignedDocument:
    """Sign a bundle: one XAdES signature over everything in it.

    Args:
        bundle: of :func:`make_bundle`.
        signer: of the agency.
        timestamps: with it the signature is of level T, unless ``options`` say otherwise.
        name: of the result, for people.
        options: as of :func:`vnsign.sign`.

    Raises:
        SigningError, ConfigurationError: as :func:`vnsign.sign`.
    """
    from vnsign._sign import sign
    from vnsign.formats.asic.placement import AsicPlacement
    from vnsign.signing.profile import SignatureLevel

    options.setdefault("level", SignatureLevel.B if timestamps is None else SignatureLevel.T)
    source = DocumentSource(name, data=bundle)
    return sign(source, signer, timestamps=timestamps, placement=AsicPlacement(), **options)


def read_bundle(data: bytes, limits: Limits | None = None) -> Bundle:
    """Read a bundle, sealed or not. What is not as its list says is refused.

    Args:
        data: the container.
        limits: bounds on hostile input.

    Raises:
        UnreadableDocumentError: no bundle (``NO_BUNDLE``), or one whose parts are not those that were packed
            (``BUNDLE_CHANGED``). LimitExceededError: over a limit.

    Not checked: the seal; verify the container itself for that.
    """
    from vnsign.formats.asic.container import read_container

    bounds = limits or Limits()
    files = dict(read_container(data, bounds).entries)
    if _LIST not in files:
        raise UnreadableDocumentError("the container is no bundle", code="NO_BUNDLE", hint="verify it as any document")
    try:
        return _read(files, bounds)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableDocumentError(f"the bundle's list cannot be read: {error}"[:300], code="BUNDLE_CHANGED") from error
    except UnreadableDocumentError:
        raise
    except VnsignError as error:
        raise UnreadableDocumentError(f"the bundle cannot be read: {error.message}", code="BUNDLE_CHANGED") from error


def _read(files: Mapping[str, bytes], limits: Limits) -> Bundle:
    listed = json.loads(files[_LIST])
    if listed["schema"] != SCHEMA:
        raise ValueError(f"schema {listed['schema']!r}")
    for place, digest in listed["sha256"].items():
        if hashlib.sha256(files[place]).hexdigest() != digest:
            raise UnreadableDocumentError(f"{place} is not what was packed", code="BUNDLE_CHANGED", hint="get the bundle anew")
    expected = listed["expected"]
    (report,) = report_json.loads(files[_REPORT].decode())
    return Bundle(
        name=str(listed["document"]["name"]),
        document=files[listed["document"]["entry"]],
        report=report,
        evidence=loads(files[_EVIDENCE], limits),
        external={str(uri): files[place] for place, uri in listed["external"].items()},
        expected=Expectation(
            tuple(ExpectedSigner(str(kind), str(value)) for kind, value in expected["signers"]),
            tuple(SignatureClass(item) for item in expected["classes"]),
        ),
        signature_policies=tuple(
            PolicyDocument(files[place], str(identifier)) for place, identifier in listed["signature_policies"].items()
        ),
        program=str(listed["program"]),
    )


def recheck(
    bundle: Bundle, trust: TrustStore, *, policy: ValidationPolicy | None = None, password: str | None = None
) -> Rechecked:
    """Judge a bundle's document anew, offline, at the validation time of then and with the evidence of then.

    Args:
        bundle: of :func:`read_bundle`.
        trust: whom the caller trusts; the bundle has no say in it.
        policy: needed where the one of then is not built in.
        password: opens an encrypted PDF.

    Raises:
        ConfigurationError: the policy of then is not built in, and none was given.
    """
    saved = bundle.evidence
    verifier = Verifier(
        trust,
        policy or _policy(saved),
        saved.given,
        password,
        dict(bundle.external),
        source=Replayed(saved),
        expected=bundle.expected,
        signature_policies=bundle.signature_policies,
    )
    now = verifier.report(DocumentSource(bundle.name, data=bundle.document), at=saved.at)
    of_now = verifier.saved(saved.at)
    return Rechecked(bundle.report, now, now == bundle.report, of_now.rules != saved.rules, of_now.trust != saved.trust)


def _policy(saved: SavedEvidence) -> ValidationPolicy | None:
    from vnsign.validation import policies

    if not saved.policy_chosen:
        return None
    if saved.policy not in policies.BUILT_IN:
        raise ConfigurationError(
            f"the bundle was judged by the policy {saved.policy!r}, which is not built in",
            code="UNKNOWN_POLICY",
            hint="give that policy",
        )
    return policies.load(saved.policy)
