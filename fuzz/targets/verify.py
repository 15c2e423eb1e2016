"""The whole way: a document to its verdict, the signer trusted."""

from fuzz import outcome, seeds
from vnsign import Verifier
from vnsign.model.verdict import Indication

SEEDS = seeds.everything
_VERIFIER = Verifier(seeds.pki().trust_store(), evidence=seeds.pki().evidence())
_GOOD = (seeds.dossier().application, seeds.dossier().result)


def target(data: bytes) -> str:
    """Verify; a PDF of the dossier that still passes may differ only where its signature values are padded."""
    report = _VERIFIER.report(data, at=seeds.AT)
    if report.signatures and report.indication is Indication.TOTAL_PASSED and report.format == "pdf":
        same = [good for good in _GOOD if len(good) == len(data)]
        assert not same or any(_only_padding(good, data) for good in same), "a changed PDF passes"
    return outcome.of_report(report)


def _only_padding(good: bytes, data: bytes) -> bool:
    return all(one == other or chr(one) in "0123456789abcdefABCDEF" for one, other in zip(good, data, strict=True))
