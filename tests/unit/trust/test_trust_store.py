"""The trust store as a value, and its making from folders."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vnsign.errors import ConfigurationError, TrustStoreError
from vnsign.model.certificate import Certificate
from vnsign.trust.pins import pins
from vnsign.trust.store import Purpose, TrustAnchor, TrustFamily, TrustStore

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.corpus
def test_all_79_real_certificates_load_and_the_ten_roots_become_anchors_of_their_family(shared_data: Path):
    store = TrustStore.load(shared_data / "trust")
    assert (len(store.anchors), len(store.intermediates)) == (10, 69)
    families = {anchor.certificate.sha256: anchor.family for anchor in store.anchors}
    assert families == {sha256: pin.family for sha256, pin in pins().items()}
    assert sum(1 for family in families.values() if family is TrustFamily.CIVIL_SERVICE) == 2
    stamping = {anchor.source for anchor in store.anchors_for(Purpose.TIMESTAMP, NOW)}
    signing = {anchor.source for anchor in store.anchors_for(Purpose.SIGNATURE, NOW)}
    assert "pin national-tsa" in stamping - signing
    assert {"pin national-rs", "pin national-usbtoken", "pin national-mobilepki"} <= signing - stamping
    assert "pin national-ema" not in stamping | signing


@pytest.mark.corpus
def test_loading_parses_nothing(shared_data: Path):
    code = f"""
import sys
from vnsign.trust.store import TrustStore
assert len(TrustStore.load({str(shared_data / "trust")!r}).anchors) == 10
print([name for name in ('asn1crypto', 'cryptography', 'lxml', 'aiohttp', 'asyncio', 'pyhanko') if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_tree_gives_anchors_by_pin_and_all_else_as_intermediates(tmp_path, pki, pinned, pem):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "misnamed.txt").write_bytes(pki.certificate("public-root").der)
    (tmp_path / "bundle.pdf").write_bytes(pem(pki.certificate("public-ca").der) + pem(pki.certificate("stranger-root").der))
    (tmp_path / "README").write_text("not a certificate")
    (tmp_path / ".hidden").write_bytes(b"0\x82\x01")
    store = TrustStore.load(tmp_path)
    assert [(anchor.certificate, anchor.family) for anchor in store.anchors] == [
        (pki.certificate("public-root"), TrustFamily.PUBLIC)
    ]
    assert set(store.intermediates) == {pki.certificate("public-ca"), pki.certificate("stranger-root")}


def test_several_folders_are_read_together(tmp_path, pki, pinned):
    for folder, name in (("a", "public-root"), ("b", "public-ca"), ("c", "public-root")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x").write_bytes(pki.certificate(name).der)
    store = TrustStore.load(tmp_path / "a", tmp_path / "b", tmp_path / "c")
    assert (len(store.anchors), len(store.intermediates)) == (1, 1)


def test_a_folder_without_an_anchor_is_an_error_with_a_hint(tmp_path, pki):
    (tmp_path / "x.crt").write_bytes(pki.certificate("public-root").der)
    with pytest.raises(TrustStoreError, match="no trust anchor among 1") as caught:
        TrustStore.load(tmp_path)
    assert "vnsign trust add" in caught.value.hint


def test_no_folder_is_an_error(tmp_path):
    with pytest.raises(TrustStoreError, match="no such folder"):
        TrustStore.load(tmp_path / "absent")
    with pytest.raises(TrustStoreError, match="no trust folder"):
        TrustStore.load()


def test_a_damaged_file_is_an_error_that_names_it(tmp_path, pki, pinned):
    (tmp_path / "root.crt").write_bytes(pki.certificate("public-root").der)
    (tmp_path / "cut-off.crt").write_bytes(pki.certificate("public-ca").der[:-1])
    with pytest.raises(TrustStoreError, match=r"cut-off\.crt"):
        TrustStore.load(tmp_path)


def test_an_anchors_file_below_the_folder_is_an_error_since_its_withdrawals_would_be_lost(tmp_path, pki, pinned):
    (tmp_path / "root.crt").write_bytes(pki.certificate("public-root").der)
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "anchors.toml").write_text('schema = "vnsign.anchors/1"\n')
    with pytest.raises(TrustStoreError, match="within a trust folder"):
        TrustStore.load(tmp_path)


@pytest.mark.corpus
def test_an_impostor_with_a_pinned_name_is_never_an_anchor(tmp_path, shared_data, pki):
    shutil.copy(next((shared_data / "trust" / "root").glob("vietnam-national-root-ca_2014*")), tmp_path)
    (tmp_path / "impostor.crt").write_bytes(pki.certificate("stranger-root").der)
    store = TrustStore.load(tmp_path)
    assert [anchor.source for anchor in store.anchors] == ["pin national-g2"]
    assert store.anchor(pki.certificate("stranger-root")) is None


def test_vietnam_reads_the_folder_of_this_machine(tmp_path, pki, pinned, monkeypatch):
    monkeypatch.setenv("VNSIGN_TRUST", str(tmp_path / "absent"))
    with pytest.raises(TrustStoreError) as caught:
        TrustStore.vietnam()
    assert "vnsign trust sync" in caught.value.hint
    assert "vnsign trust add" in caught.value.hint
    (tmp_path / "vnsign" / "trust").mkdir(parents=True)
    (tmp_path / "vnsign" / "trust" / "r").write_bytes(pki.certificate("government-root").der)
    monkeypatch.delenv("VNSIGN_TRUST")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert TrustStore.vietnam().anchors[0].family is TrustFamily.CIVIL_SERVICE


def test_of_names_anchors_in_code(pki):
    root, ca = pki.certificate("public-root"), pki.certificate("public-ca")
    store = TrustStore.of(root, root, family=TrustFamily.OWN, intermediates=[ca])
    assert store.anchor(root) is store.anchors[0]
    assert store.anchors[0].trusted_from == root.x509.not_valid_before_utc
    assert store.intermediates == (ca,)
    with pytest.raises(TrustStoreError, match="no certificate"):
        TrustStore.of(family=TrustFamily.OWN)
    with pytest.raises(TrustStoreError, match="not a certificate"):
        TrustStore.of(Certificate(b"0\x00"), family=TrustFamily.OWN)


def test_a_store_is_a_value(pki):
    store = pki.trust_store()
    assert pickle.loads(pickle.dumps(store)) == store
    assert repr(store) == "TrustStore(2 anchors, 2 intermediates)"
    with pytest.raises(TrustStoreError, match="twice"):
        TrustStore(store.anchors + store.anchors)


def anchor_of(pki, family=TrustFamily.OWN, purposes=frozenset({Purpose.SIGNATURE}), until=None) -> TrustAnchor:
    return TrustAnchor(pki.certificate("public-root"), family, purposes, NOW, until, "test")


def test_an_anchor_is_trusted_within_its_interval_for_its_purposes_alone(pki):
    store = TrustStore((anchor_of(pki, until=NOW + timedelta(days=1)),))
    assert len(store.anchors_for(Purpose.SIGNATURE, NOW)) == 1
    assert len(store.anchors_for(Purpose.SIGNATURE, NOW + timedelta(days=1))) == 1
    assert store.anchors_for(Purpose.TIMESTAMP, NOW) == ()
    assert store.anchors_for(Purpose.SIGNATURE, NOW - timedelta(seconds=1)) == ()
    assert store.anchors_for(Purpose.SIGNATURE, NOW + timedelta(days=1, seconds=1)) == ()
    with pytest.raises(ConfigurationError, match="time zone"):
        store.anchors_for(Purpose.SIGNATURE, NOW.replace(tzinfo=None))


def test_an_anchor_without_purpose_or_with_an_empty_interval_cannot_be_built(pki):
    with pytest.raises(ConfigurationError, match="purpose"):
        anchor_of(pki, purposes=frozenset())
    with pytest.raises(ConfigurationError, match="ends before"):
        anchor_of(pki, until=NOW - timedelta(days=1))


def test_a_union_keeps_the_earlier_withdrawal_and_never_mixes_families(pki):
    ended = anchor_of(pki, until=NOW)
    wide = anchor_of(pki, purposes=frozenset({Purpose.TIMESTAMP}))
    for both in (TrustStore((ended,)) | TrustStore((wide,)), TrustStore((wide,)) | TrustStore((ended,))):
        assert both.anchors[0].trusted_until == NOW
        assert both.anchors[0].purposes == {Purpose.SIGNATURE, Purpose.TIMESTAMP}
    with pytest.raises(TrustStoreError, match="is own in one store and public"):
        TrustStore((ended,)) | TrustStore((anchor_of(pki, family=TrustFamily.PUBLIC),))


def test_a_union_counts_an_anchor_of_either_store_as_no_intermediate(pki):
    root = pki.certificate("public-root")
    both = TrustStore((anchor_of(pki),)) | TrustStore((), (root, pki.certificate("public-ca")))
    assert both.intermediates == (pki.certificate("public-ca"),)
