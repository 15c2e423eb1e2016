"""What one document needs, step by step: complete each chain, then learn the status of each certificate below the anchor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from vnsign.errors import EvidenceError
from vnsign.evidence.bundle import Attempt, Evidence, Wanted
from vnsign.evidence.sources import Question
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureFacts
from vnsign.net import ocsp
from vnsign.net.door import Door, Reply
from vnsign.net.http import FetchRequest
from vnsign.pki.admission import issued_by
from vnsign.pki.crl import crl_statement, read_crl
from vnsign.pki.path import PathResult, PathStatus, validate_path
from vnsign.pki.pointers import pointers
from vnsign.pki.profile import profile
from vnsign.trust import containers
from vnsign.trust.store import Purpose

_MAX_ISSUER_ADDRESSES = 3
_MAX_BUNDLE = 16
_BUNDLE_BYTES = 512 * 1024
_KNOWN = ("good", "revoked", "on-hold")
_UNUSABLE = "ANSWER_UNUSABLE"
_NO_ADDRESS = "NO_ADDRESS"


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is judged: its certificate, the certificates that came with it, and what for."""

    leaf: Certificate
    facts: SignatureFacts
    owner: SignatureFacts
    purpose: Purpose


@dataclass(slots=True)
class Errand:
    """Runs for one document.

    Attributes:
        question: what is asked for.
        door: the way out.
        nonce: whether OCSP requests carry one.
        found: everything known so far, what was known before included.
        attempts: what was tried.
        settled: certificates whose status has been sought already.
    """

    question: Question
    door: Door
    nonce: bool
    found: Evidence
    attempts: list[Attempt] = field(default_factory=list)
    settled: set[Certificate] = field(default_factory=set)

    def run(self, facts: SignatureFacts, owner: SignatureFacts, purpose: Purpose) -> None:
        """Seek what one signature or token needs."""
        if not facts.supported or facts.signing_certificate is None:
            return
        subject = _Subject(facts.signing_certificate, facts, owner, purpose)
        path = self._complete(subject)
        for certificate, issuer in pairwise(path.chain):
            if certificate not in self.settled and self._status(subject, certificate)[0] not in _KNOWN:
                self.settled.add(certificate)
                self._revocation(subject, certificate, issuer)

    # --- the chain ----------------------------------------------------------------------------------------------------

    def _path(self, subject: _Subject) -> PathResult:
        question, found = self.question, self.found
        facts, owner = subject.facts, subject.owner
        return validate_path(
            subject.leaf,
            embedded=(*facts.certificates, *owner.certificates, *found.certificates),
            intermediates=question.trust.intermediates,
            # Whatever their interval: which of them counts is judged later, when the time of signing is known.
            anchors=tuple(item.certificate for item in question.trust.anchors if subject.purpose in item.purposes),
            at=question.at,
            crls=(*facts.crls, *owner.crls, *found.crls),
            ocsps=(*facts.ocsps, *owner.ocsps, *found.ocsps),
            revocation_required=True,
            limits=question.limits,
        )

    def _complete(self, subject: _Subject) -> PathResult:
        path = self._path(subject)
        left = _MAX_ISSUER_ADDRESSES
        for _ in range(self.question.limits.chain_length):
            if path.status is not PathStatus.NO_PATH or left <= 0:
                break
            top = self._top(subject)
            addresses = pointers(top).issuers[:left]
            left -= len(addresses)
            if not any(self._issuer(top, address) for address in addresses):
                break
            path = self._path(subject)
        return path

    def _top(self, subject: _Subject) -> Certificate:
        """The highest certificate that the known ones lead to from the leaf."""
        pool = (*subject.facts.certificates, *subject.owner.certificates, *self.found.certificates)
        candidates = dict.fromkeys((*pool[: 4 * self.question.limits.certificates], *self.question.trust.intermediates))
        chain = [subject.leaf]
        while len(chain) < self.question.limits.chain_length:
            child = profile(chain[-1])
            named = [item for item in candidates if child and _has_subject(item, child.issuer_key) and item not in chain]
            issuer = next((item for item in named[:_MAX_BUNDLE] if issued_by(chain[-1], item)), None)
            if issuer is None:
                break
            chain.append(issuer)
        return chain[-1]

    def _issuer(self, child: Certificate, address: str) -> bool:
        request = FetchRequest(address)
        for reply in self.door.ask(request, _BUNDLE_BYTES):
            brought = self._certificates(child, reply)
            if brought:
                self.found |= Evidence(brought)
                self.door.keep(request, reply, None)
                self._note(child, "certificate", reply, "")
                return True
            if reply.body is not None:
                self._useless(request, reply, "no certificate of the issuer came back")
            self._note(child, "certificate", reply, "no certificate of the issuer came back")
        return False

    def _certificates(self, child: Certificate, reply: Reply) -> tuple[Certificate, ...]:
        """The certificates of a reply, where one of them is the issuer's: a bundle may hold the rest of the chain too."""
        if reply.body is None:
            return ()
        try:
            brought = containers.read_certificates(reply.body, reply.address)[:_MAX_BUNDLE]
        except EvidenceError:
            return ()
        small = tuple(item for item in brought if len(item.der) <= self.question.limits.certificate_bytes)
        return small if any(issued_by(child, item) for item in small) else ()

    # --- the status ---------------------------------------------------------------------------------------------------

    def _status(self, subject: _Subject, certificate: Certificate) -> tuple[str, str]:
        """The status of a certificate by all that is known, and its explanation."""
        for facts in self._path(subject).revocation:
            if facts.certificate_sha256 == certificate.sha256:
                return facts.status, facts.detail
        return "not-had", "no chain to a trust anchor"

    def _revocation(self, subject: _Subject, certificate: Certificate, issuer: Certificate) -> None:
        """OCSP where the certificate names a responder; CRLs where it names none, or OCSP did not tell."""
        where = pointers(certificate)
        if not where.responders and not where.crls:
            cause = "the certificate names no address of an OCSP responder or CRL"
            self.attempts.append(Attempt(certificate.sha256, "crl", "", "failed", _NO_ADDRESS, cause))
        for address in where.responders:
            if self._ocsp(subject, certificate, issuer, address):
                return
        for address in where.crls:
            if self._crl(subject, certificate, issuer, address):
                return

    def _ocsp(self, subject: _Subject, certificate: Certificate, issuer: Certificate, address: str) -> bool:
        nonce = ocsp.new_nonce() if self.nonce else None
        try:
            request = ocsp.request_for(address, certificate, issuer, nonce=nonce)
        except EvidenceError as error:
            self.attempts.append(Attempt(certificate.sha256, "ocsp", address, "failed", error.code, error.message))
            return False

        def take(body: bytes) -> tuple[Evidence, str]:
            cause = ocsp.refusal(body, certificate, issuer, nonce)
            return (Evidence() if cause else Evidence(ocsps=(body,))), cause

        return self._ask(subject, certificate, "ocsp", request, self.question.limits.ocsp_bytes, take)

    def _crl(self, subject: _Subject, certificate: Certificate, issuer: Certificate, address: str) -> bool:
        most = self.question.limits.crl_bytes

        def take(body: bytes) -> tuple[Evidence, str]:
            try:
                lists = containers.read(body, address).crls[:_MAX_BUNDLE]
            except EvidenceError:
                lists = ()
            if not lists:
                return Evidence(), "what came back is no CRL"
            if max(map(len, lists)) > most:
                return Evidence(), f"the CRL has more than {most} bytes"
            return Evidence(crls=lists), _not_of(lists, certificate, issuer)

        # PEM is a third larger than DER.
        return self._ask(subject, certificate, "crl", FetchRequest(address), most * 3 // 2, take)

    def _ask(
        self,
        subject: _Subject,
        certificate: Certificate,
        wanted: Wanted,
        request: FetchRequest,
        most: int,
        take: Callable[[bytes], tuple[Evidence, str]],
    ) -> bool:
        """Ask, take what came, and see whether the status is known now."""
        for reply in self.door.ask(request, most):
            if reply.body is None:
                self._note(certificate, wanted, reply, "")
                continue
            brought, doubt = take(reply.body)
            before = self.found
            self.found |= brought
            status, detail = self._status(subject, certificate)
            if status in _KNOWN:
                self.door.keep(request, reply, _until(brought))
                self._note(certificate, wanted, reply, "")
                return True
            if doubt:
                self.found = before
            self._useless(request, reply, doubt or detail)
            self._note(certificate, wanted, reply, doubt or detail)
        return False

    def _useless(self, request: FetchRequest, reply: Reply, cause: str) -> None:
        self.door.spoil(request, reply, _UNUSABLE, cause)

    def _note(self, certificate: Certificate, wanted: Wanted, reply: Reply, doubt: str) -> None:
        if reply.body is None:
            outcome = Attempt(certificate.sha256, wanted, reply.address, "failed", reply.code, reply.cause)
        elif doubt:
            outcome = Attempt(certificate.sha256, wanted, reply.address, "failed", _UNUSABLE, doubt)
        else:
            outcome = Attempt(certificate.sha256, wanted, reply.address, "had")
        self.attempts.append(outcome)


def _has_subject(certificate: Certificate, key: tuple[object, ...]) -> bool:
    facts = profile(certificate)
    return facts is not None and facts.subject_key == key


def _not_of(lists: tuple[bytes, ...], certificate: Certificate, issuer: Certificate) -> str:
    """Why lists say nothing of a certificate; ``""`` when one of them does."""
    read = [item for item in map(read_crl, lists) if item is not None]
    if not read:
        return "the CRL cannot be used"
    said = any(crl_statement(item, certificate, issuer) is not None for item in read)
    return "" if said else "the CRL is not one of this issuer for this certificate"


def _until(brought: Evidence) -> float | None:
    """The earliest next update of what was brought, seconds since the epoch."""
    from vnsign.pki.ocsp import read_ocsp

    moments: list[datetime | None] = [item.next_update for item in map(read_crl, brought.crls) if item is not None]
    for answer in map(read_ocsp, brought.ocsps):
        if answer is not None:
            moments.extend(single.next_update_utc for single in answer.parsed.responses)
    return min((item.timestamp() for item in moments if item is not None), default=None)
