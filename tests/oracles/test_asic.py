"""Containers to other programs: OpenSSL and xmlsec1 for what is inside, Info-ZIP for the ZIP, EU DSS for the whole."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from interop.dss_program import Job, UnavailableError, judge, missing

from tests.oracles.programs import openssl_accepts_cms, openssl_accepts_token, program, run
from tests.unit.formats.asic.builder import AT
from tests.unit.formats.asic.writing import (
    NAME,
    ONE_MORE,
    PKI,
    PLACEMENTS,
    TEXT,
    archived,
    embedded,
    entries,
    ids,
    level_lt,
    level_t,
    signed,
)
from vnsign.formats.asic.placement import AsicPlacement
from vnsign.formats.asic.timestamp import begin_container_timestamp

pytestmark = pytest.mark.oracle

LEVELS = ("B", "T", "LT", "LTA")
CADES = [name for name in PLACEMENTS if name.endswith("cades")]
XADES = [name for name in PLACEMENTS if name.endswith("xades")]


def at_level(placement: AsicPlacement, level: str) -> bytes:
    data = signed(placement=placement)
    id_ = ids(data)[0]
    if level == "T":
        data = level_t(data, id_)
    elif level.startswith("LT"):
        data = level_lt(data, id_)
    return archived(data, id_) if level == "LTA" else data


@pytest.mark.parametrize("name", PLACEMENTS)
def test_info_zip_finds_no_fault_and_takes_the_files_out(name: str, tmp_path: Path) -> None:
    path = tmp_path / "container.zip"
    path.write_bytes(at_level(PLACEMENTS[name], "LTA"))
    assert "No errors detected" in run(program("unzip"), "-t", str(path), folder=tmp_path).stdout
    run(program("unzip"), "-o", str(path), "-d", str(tmp_path / "out"), folder=tmp_path)
    assert TEXT in [item.read_bytes() for item in (tmp_path / "out").rglob("*") if item.is_file()]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", CADES)
def test_openssl_verifies_the_signature_over_file_or_manifest(name: str, level: str, tmp_path: Path) -> None:
    found = entries(at_level(PLACEMENTS[name], level))
    single = "META-INF/signature.p7s" in found
    entry, over = ("META-INF/signature.p7s", NAME) if single else ("META-INF/signature001.p7s", "META-INF/ASiCManifest001.xml")
    assert openssl_accepts_cms(found[entry], tmp_path, PKI, beside=found[over])
    assert not openssl_accepts_cms(found[entry], tmp_path, PKI, beside=found[over] + b"\n")


def test_openssl_verifies_the_archive_time_stamp_over_the_manifest(tmp_path: Path) -> None:
    found = entries(at_level(PLACEMENTS["asic-e-cades"], "LTA"))
    token, over = found["META-INF/timestamp001.tst"], found["META-INF/ASiCArchiveManifest.xml"]
    assert openssl_accepts_token(token, over, tmp_path, PKI)
    assert not openssl_accepts_token(token, over + b"\n", tmp_path, PKI)


def test_openssl_verifies_the_time_stamp_of_a_file(tmp_path: Path) -> None:
    found = entries(embedded(begin_container_timestamp([(NAME, TEXT)])))
    assert openssl_accepts_token(found["META-INF/timestamp.tst"], TEXT, tmp_path, PKI)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", XADES)
def test_xmlsec1_verifies_the_signature_over_the_files(name: str, level: str, tmp_path: Path) -> None:
    data = signed(at_level(PLACEMENTS[name], level), ONE_MORE, "citizen-p256")
    found = entries(data)
    entry = next(item for item in found if re.fullmatch(r"META-INF/signatures(001)?\.xml", item))
    assert xmlsec1_accepts(found, entry, tmp_path)
    changed = found | {NAME: TEXT + b"!"}
    assert not xmlsec1_accepts(changed, entry, tmp_path)


def xmlsec1_accepts(files: dict[str, bytes], entry: str, folder: Path) -> bool:
    """The first signature of an entry verifies under the signer's certificate, the files lying where its references say."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "signatures.xml").write_bytes(files[entry])
    (folder / "signer.pem").write_bytes(PKI.certificate("citizen").x509.public_bytes(Encoding.PEM))
    names = ("http://www.w3.org/2000/09/xmldsig#:Signature", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties")
    options = [part for name in names for part in ("--id-attr:Id", name)]
    done = run(program("xmlsec1"), "--verify", *options, "--pubkey-cert-pem", "signer.pem", "signatures.xml", folder=folder)
    return done.returncode == 0


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What EU DSS says of every form and level, of a second signature, and of a renewal."""
    if missing():
        pytest.skip(missing())
    folder = tmp_path_factory.mktemp("dss")
    made = {f"{name}/{level}": at_level(placement, level) for name, placement in PLACEMENTS.items() for level in LEVELS}
    for name, placement in PLACEMENTS.items():
        data = at_level(placement, "LTA")
        made[f"{name}/renewed"] = archived(data, ids(data)[0], days=3)
        made[f"{name}/two"] = signed(signed(placement=placement), ONE_MORE, "citizen-p256")
    anchors, evidence = folder / "anchors", folder / "evidence"
    for place in (anchors, evidence):
        place.mkdir()
    for number, anchor in enumerate(PKI.trust_store().anchors):
        (anchors / f"{number}.crt").write_bytes(anchor.certificate.der)
    for number, crl in enumerate(PKI.crls(AT + timedelta(days=4))):
        (evidence / f"{number}.crl").write_bytes(crl)
    jobs = []
    for number, data in enumerate(made.values()):
        path = folder / f"{number}.zip"
        path.write_bytes(data)
        jobs.append(Job(path, AT + timedelta(days=5), anchors, evidence))
    try:
        return dict(zip(made, judge(jobs), strict=True))
    except UnavailableError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", PLACEMENTS)
def test_eu_dss_passes_every_level_and_names_it_as_we_do(name: str, answers: dict[str, dict[str, object]]) -> None:
    wanted = {level: [level] for level in LEVELS} | {"renewed": ["LTA"], "two": ["B", "B"]}
    for level, expected in wanted.items():
        answer = answers[f"{name}/{level}"]
        found = answer["signatures"]
        assert isinstance(found, list), answer
        assert [item["indication"] for item in found] == ["TOTAL_PASSED"] * len(expected), (level, answer)
        assert [item["level"].rpartition("-")[2] for item in found] == expected, (level, answer)


def test_digests_of_a_manifest_are_those_of_the_files() -> None:
    found = entries(at_level(PLACEMENTS["asic-e-cades"], "B"))
    text = found["META-INF/ASiCManifest001.xml"].decode()
    listed = re.findall(r'DataObjectReference URI="([^"]+)".*?<ds:DigestValue>([^<]+)<', text, re.DOTALL)
    assert len(listed) == 4
    for uri, value in listed:
        name = unquote(uri.replace("&amp;", "&"))
        assert hashlib.sha256(found[name]).digest() == base64.b64decode(value)
