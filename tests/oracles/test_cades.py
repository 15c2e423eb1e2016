"""CAdES to other programs: OpenSSL, pyHanko's generic CMS check, EU DSS with the level that it names; and their files to us."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from interop.dss_program import Job, UnavailableError, judge, missing

from tests.oracles.programs import openssl_accepts_cms, program, run
from tests.unit.formats.cms.builder import AT
from tests.unit.formats.cms.writing import (
    ATTACHED,
    CONTENT,
    DETACHED,
    PKI,
    archive,
    level_lt,
    level_t,
    material,
    signed,
)
from vnsign import Evidence, Indication, verify
from vnsign.formats.cms.augment import add_material
from vnsign.formats.cms.placement import CmsPackaging, CmsPlacement
from vnsign.formats.cms.second_reading import second_reading
from vnsign.model.claims import Claims, Commitment

pytestmark = pytest.mark.oracle

LEVELS = ("B", "T", "LT", "LTA")
NOW = AT + timedelta(days=5)
CLAIMS = Claims(commitments=(Commitment.APPROVAL, Commitment.ORIGIN), city="Hà Nội", country="VN", roles=("Chủ tịch",))


def at_level(data: bytes, level: str, who: str = "citizen") -> bytes:
    if level != "B":
        data = level_t(data)
    if level.startswith("LT"):
        data = add_material(data, "signer-1", material(who))
    return archive(data) if level == "LTA" else data


def accepted(data: bytes, beside: bytes | None = None) -> list[str]:
    """The levels of the signatures, all of which pass."""
    external = {} if beside is None else {"content": beside}
    report = verify(data, trust=PKI.trust_store(), evidence=Evidence(crls=PKI.crls()), at=NOW, external=external)
    assert [item.verdict.indication for item in report.signatures] == [Indication.TOTAL_PASSED] * len(report.signatures)
    return [item.level for item in report.signatures]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("placement", [ATTACHED, DETACHED], ids=["attached", "detached"])
@pytest.mark.parametrize(
    ("who", "padding"),
    [("citizen", "pkcs1v15"), ("citizen", "pss"), ("citizen-rsa3072", "pkcs1v15"), ("citizen-p256", ""), ("citizen-p384", "")],
)
def test_openssl_accepts_what_we_sign(who: str, padding: str, placement: CmsPlacement, level: str, tmp_path: Path) -> None:
    beside = CONTENT if placement.detached else None
    data = at_level(signed(who=who, placement=placement, padding=padding or "pkcs1v15"), level, who)
    assert accepted(data, beside) == [f"B-{level}"]
    assert openssl_accepts_cms(data, tmp_path, PKI, beside=beside)
    assert not openssl_accepts_cms(data.replace(CONTENT, CONTENT.upper()), tmp_path, PKI, beside=beside and b"other")


def test_openssl_accepts_several_signers_and_counter_signatures(tmp_path: Path) -> None:
    data = signed(signed(), "agency", CmsPlacement(parallel=True))
    data = archive(level_lt(signed(data, "staff", CmsPlacement(counter_signs="signer-1"))))
    assert accepted(data) == ["B-LTA", "B-B", "B-B"]
    assert openssl_accepts_cms(data, tmp_path, PKI)


@pytest.mark.parametrize(
    "options", [(), ("-nodetach",), ("-nodetach", "-stream", "-indef")], ids=["detached", "attached", "ber"]
)
def test_files_of_openssl_are_raised(options: tuple[str, ...], tmp_path: Path) -> None:
    item = PKI.credential("citizen")
    (tmp_path / "content.bin").write_bytes(CONTENT)
    (tmp_path / "key.pem").write_bytes(item.private_key_pem)
    (tmp_path / "certificate.pem").write_bytes(item.certificate.x509.public_bytes(Encoding.PEM))
    (tmp_path / "chain.pem").write_bytes(item.chain[0].x509.public_bytes(Encoding.PEM))
    done = run(
        *(program("openssl"), "cms", "-sign", "-cades", "-binary", "-in", "content.bin", "-md", "sha256"),
        *("-signer", "certificate.pem", "-inkey", "key.pem", "-certfile", "chain.pem", "-outform", "DER", "-out", "made.p7m"),
        *options,
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    data = (tmp_path / "made.p7m").read_bytes()
    beside = None if options else CONTENT
    for step, level in ((level_t, "B-T"), (level_lt, "B-LT"), (archive, "B-LTA")):
        raised = step(data if level != "B-LTA" else level_lt(data))
        assert accepted(raised, beside) == [level]
        assert openssl_accepts_cms(raised, tmp_path, PKI, beside=beside)
        assert second_reading(raised, "signer-1", item.certificate, external={"content": CONTENT}) == ""
    further = signed(data, "agency", CmsPlacement(parallel=True), content=CONTENT)
    assert openssl_accepts_cms(further, tmp_path, PKI, beside=beside)


def _for_dss() -> Iterator[tuple[str, bytes, bool, tuple[str, ...]]]:
    for packaging in CmsPackaging:
        placement = CmsPlacement(packaging=packaging, claims=CLAIMS, mime_type="text/plain")
        for who, padding in (("citizen", "pkcs1v15"), ("citizen", "pss"), ("citizen-p256", "pkcs1v15")):
            for level in LEVELS:
                data = at_level(signed(who=who, placement=placement, padding=padding), level, who)
                yield f"{who}-{padding}-{packaging}-{level}", data, placement.detached, (level,)
    renewed = archive(archive(level_lt(signed())), days=2, digest="sha512")
    yield "renewed", renewed, False, ("LTA",)
    data = signed(signed(), "agency", CmsPlacement(parallel=True))
    yield "parallel", data, False, ("B", "B")
    yield "counter-signed", signed(data, "staff", CmsPlacement(counter_signs="signer-2")), False, ("B", "B", "B")


def test_dss_names_the_levels_that_we_name(tmp_path: Path) -> None:
    if (absent := missing()) != "":
        pytest.skip(f"EU DSS is not run: {absent} is not installed")
    anchors, evidence, content = tmp_path / "anchors", tmp_path / "evidence", tmp_path / "content.bin"
    anchors.mkdir()
    evidence.mkdir()
    content.write_bytes(CONTENT)
    for number, item in enumerate(PKI.certificates("public-root", "government-root")):
        (anchors / f"{number}.crt").write_bytes(item.der)
    for number, crl in enumerate(PKI.crls()):
        (evidence / f"{number}.crl").write_bytes(crl)
    found = list(_for_dss())
    jobs = []
    for name, data, detached, _ in found:
        path = tmp_path / f"{name}.p7m"
        path.write_bytes(data)
        jobs.append(Job(path, NOW, anchors, evidence, (content,) if detached else ()))
    try:
        answers = judge(jobs)
    except UnavailableError as reason:
        pytest.skip(f"EU DSS cannot be built: {reason}")
    for (name, _, _, levels), answer in zip(found, answers, strict=True):
        said = [(item["level"], item["indication"]) for item in answer["signatures"]]
        assert said == [(f"CAdES-BASELINE-{level}", "TOTAL_PASSED") for level in levels], name
