"""``vnsign trust`` from the outside: exit codes, streams, words, and what is left on disk."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from click.testing import CliRunner, Result

from vnsign.cli.main import cli
from vnsign.testing.pki import TestPki
from vnsign.trust.folder import stored
from vnsign.trust.pins import pins

PKI = TestPki.load()
Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "trust"
    monkeypatch.setenv("VNSIGN_TRUST", str(place))
    return place


@pytest.fixture
def run(folder: Path) -> Run:
    def call(*arguments: object, code: int = 0) -> Result:
        result = CliRunner().invoke(cli, ["trust", *map(str, arguments)])
        assert result.exit_code == code, (result.exit_code, result.output, result.exception)
        assert "Traceback" not in result.output
        return result

    return call


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    path = tmp_path / "stranger.crt"
    path.write_bytes(PKI.certificate("stranger-root").der)
    return path


@pytest.fixture
def real(shared_data: Path) -> list[Path]:
    return sorted((shared_data / "trust").rglob("*.pem"))


@pytest.mark.parametrize("command", ["list", "check"])
def test_without_any_anchor_the_hint_says_how_to_get_them(run: Run, command: str):
    result = run(command, code=2)
    assert result.stdout == ""
    assert "NO_ANCHOR" in result.stderr
    assert "vnsign trust sync" in result.stderr
    assert "vnsign trust add" in result.stderr


@pytest.mark.corpus
def test_the_real_set_is_added_listed_and_checked(run: Run, real: list[Path], folder: Path):
    run("add", *real)
    text = run("list").stdout
    assert text.count("SHA-256: ") == 10
    assert text.count("chữ ký số chuyên dùng công vụ") == 2
    assert "23/11/2026" in text
    assert "RootCA chuyên dùng Chính phủ G2" in text
    assert "bac8bf609ab420a8ee1780d74f4de5c7f7184959d2a7375b0a75e4c29f0908e7" in text
    assert "civil service" in run("list", "--lang", "en").stdout
    data = json.loads(run("list", "--all", "--format", "json").stdout)
    assert (data["schema"], data["read_on"], len(data["certificates"])) == ("vnsign.trust/1", "2026-11-23", 79)
    assert [item["family"] for item in data["certificates"]].count("public") == 8
    assert "ĐẠT" in run("check", "--at", "2026-11-24").stdout
    assert len((folder / "changes.jsonl").read_text("utf-8").splitlines()) == 79
    assert "đã có sẵn" in run("add", real[0]).stdout


@pytest.mark.corpus
def test_intermediates_without_their_root_are_refused_with_a_hint(run: Run, shared_data: Path, folder: Path):
    result = run("add", *sorted((shared_data / "trust" / "ca").glob("*.pem"))[:3], code=1)
    assert result.stdout == ""
    assert result.stderr.count("UNVERIFIED") == 3
    assert "Thêm chứng thư số của tổ chức cấp trước." in result.stderr
    again = run("add", *sorted((shared_data / "trust" / "ca").glob("*.pem"))[:3], "--lang", "en", code=1)
    assert "add its issuer first" in again.stderr
    assert list(stored(folder)) == []


def test_an_unpinned_anchor_needs_family_and_reason(run: Run, stranger: Path):
    result = run("add", stranger, code=1)
    assert "UNPINNED_ANCHOR" in result.stderr
    assert "--family" in result.stderr
    assert "NO_REASON" in run("add", stranger, "--family", "own", code=2).stderr
    assert "USAGE" in run("add", stranger, "--reason", "because", code=2).stderr
    run("add", stranger, "--family", "royal", "--reason", "x", code=2)
    run("add", stranger, "--family", "own", "--reason", "vân tay đã đối chiếu", "--purpose", "signature")
    (entry,) = json.loads(run("list", "--format", "json").stdout)["certificates"]
    assert (entry["family"], entry["purposes"]) == ("own", ["signature"])
    assert entry["source"] == "added: vân tay đã đối chiếu"


def test_a_file_that_is_absent_or_holds_no_certificate_is_an_error(run: Run, tmp_path: Path):
    (tmp_path / "junk").write_bytes(b"junk")
    (tmp_path / "cut").write_bytes(PKI.certificate("public-root").der[:-1])
    assert "CANNOT_OPEN" in run("add", tmp_path / "absent", code=2).stderr
    assert "CANNOT_OPEN" in run("add", tmp_path, code=2).stderr
    assert "NO_CERTIFICATE" in run("add", tmp_path / "junk", code=1).stderr
    assert "MALFORMED" in run("add", tmp_path / "cut", code=1).stderr


def test_an_anchor_is_withdrawn_and_kept(run: Run, stranger: Path):
    run("add", stranger, "--family", "own", "--reason", "x")
    digest = PKI.certificate("stranger-root").sha256
    run("remove", digest[:8], code=2)
    assert "BAD_PREFIX" in run("remove", digest[:4], "--reason", "lost", code=2).stderr
    assert "BAD_MOMENT" in run("remove", digest[:8], "--reason", "lost", "--since", "yesterday", code=2).stderr
    assert "vẫn lưu" in run("remove", digest[:8], "--reason", "lost").stdout
    (entry,) = json.loads(run("list", "--format", "json").stdout)["certificates"]
    assert entry["trusted_until"]
    assert "Tin cậy đến" in run("list").stdout
    assert "no longer trusted since" in run("check", "--lang", "en").stdout


def test_a_check_that_finds_something_amiss_exits_with_1(run: Run, stranger: Path, folder: Path):
    run("add", stranger, "--family", "own", "--reason", "x")
    (folder / "broken.crt").write_bytes(b"0\x82\x01\x00")
    assert "✗" in run("check", code=1).stdout
    data = json.loads(run("check", "--format", "json", code=1).stdout)
    assert data["sound"] is False
    assert [item["matter"] for item in data["remarks"] if item["fails"]] == ["unreadable"]
    assert "TRUST_STORE" not in run("check", "--trust", folder / "nowhere", code=2).stdout


class Mirror(BaseHTTPRequestHandler):
    """Serves what it is told under the paths of the official addresses."""

    files: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        body = self.files.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mirror() -> Iterator[str]:
    Mirror.files = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def paths(sha256: str) -> list[str]:
    return ["/" + address.split("/", 3)[3] for address in pins()[sha256].addresses]


@pytest.mark.corpus
def test_sync_fetches_pinned_anchors_and_refuses_others(run: Run, mirror: str, shared_data: Path, folder: Path):
    roots = {item.certificate.sha256: item.certificate.der for item in stored(shared_data / "trust" / "root")}
    Mirror.files = {path: der for sha256, der in roots.items() for path in paths(sha256)}
    arguments = ("sync", "--mirror", mirror, "--allow", "127.0.0.1")
    result = run(*arguments)
    assert result.stdout.count("đã thêm") == 9
    assert "vnsign trust add" in result.stdout  # the one without an official address
    assert {item.certificate.sha256 for item in stored(folder)} == {key for key, pin in pins().items() if pin.addresses}
    before = sorted(path.name for path in folder.rglob("*"))

    some = next(sha256 for sha256, pin in pins().items() if pin.name == "national-g2")
    Mirror.files[paths(some)[0]] = PKI.certificate("stranger-root").der
    result = run(*arguments, code=1)
    assert "NOT_PINNED" in result.stderr
    assert result.stderr.count("TỪ CHỐI") == 1
    assert sorted(path.name for path in folder.rglob("*")) == before


def test_sync_that_reaches_nobody_exits_with_1_and_tells_each_address(run: Run, mirror: str):
    result = run("sync", "--mirror", mirror, "--allow", "127.0.0.1", "--format", "json", code=1)
    outcomes = json.loads(result.stdout)["outcomes"]
    assert {item["code"] for item in outcomes if item["status"] == "failed"} == {"NETWORK_REFUSED"}
    assert len(outcomes) == sum(max(1, len(pin.addresses)) for pin in pins().values())


def test_sync_does_not_reach_a_local_address_unless_allowed(run: Run, mirror: str):
    assert "NETWORK_BLOCKED" in run("sync", "--mirror", mirror, code=1).stderr
    assert "BAD_ALLOW_LIST" in run("sync", "--allow", "http://x", code=2).stderr
    assert "BAD_BOUND" in run("sync", "--timeout", "-1", code=2).stderr
    assert "usage" in run("add", code=2).stderr.lower()
