"""Plain chains are found to hold only where the library finds the same, and the usual chains are plain."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vnsign.model.certificate import Certificate
from vnsign.pki.admission import issued_by
from vnsign.pki.certvalidator_adapter import check_constraints as library
from vnsign.pki.constraints import check_constraints, plainly_holds
from vnsign.pki.profile import profile

from . import test_path_corpora as corpora
from .builders import Entity, Template, ca_template, issue, name, new_key, root, rsa_key, sub_ca, usage


def chain_of(*entities: Entity) -> tuple[Certificate, ...]:
    return tuple(item.certificate for item in entities)


def agrees(chain: tuple[Certificate, ...]) -> bool:
    """Whether the chain is plain; the library must then find that it holds."""
    plain = plainly_holds(chain)
    if plain:
        assert library(chain).holds, [item.sha256 for item in chain]
    return plain


def test_the_usual_chain_is_plain() -> None:
    anchor = root()
    sub = sub_ca("CÔNG TY CỔ PHẦN CHỮ KÝ SỐ", anchor)
    leaf = issue("NGUYỄN VĂN AN", sub)
    assert agrees(chain_of(leaf, sub, anchor))
    assert check_constraints(chain_of(leaf, sub, anchor)).holds


def test_rsa_is_plain() -> None:
    anchor = issue("Root", None, ca_template(), key=rsa_key())
    assert agrees(chain_of(issue("Leaf", anchor), anchor))


@pytest.mark.parametrize(
    "broken",
    [
        "no CA",
        "may not sign certificates",
        "path length",
        "unknown critical extension",
        "another key",
        "another name",
        "name constraints",
        "policy constraints",
        "self-issued",
    ],
)
def test_what_does_not_hold_or_is_not_plain_is_not_found_to_hold(broken: str) -> None:
    unknown = [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)]
    names = [(x509.NameConstraints([x509.DNSName("a.invalid")], None), True)]
    policy = [(x509.PolicyConstraints(0, None), True)]
    anchor = root(path_length=0 if broken == "path length" else None)
    extensions = {"unknown critical extension": unknown, "name constraints": names, "policy constraints": policy}
    kwargs: dict[str, object] = {"extensions": extensions.get(broken, ())}
    if broken == "may not sign certificates":
        kwargs["key_usage"] = usage(crl_sign=True)
    sub = sub_ca("Root" if broken == "self-issued" else "Sub", anchor, **kwargs)
    if broken == "no CA":
        sub = issue("Sub", anchor)
    leaf = issue("Leaf", sub, Template(digest=hashes.SHA1()) if broken == "SHA-1" else Template())
    if broken == "another key":
        sub = sub_ca("Sub", anchor)
    if broken == "another name":
        sub = issue("Other", anchor, ca_template(), key=sub.key)
    assert not plainly_holds(chain_of(leaf, sub, anchor))


POOL = [
    ("2.5.29.19", b"\x30\x00"),
    ("2.5.29.19", b"\x30\x03\x01\x01\xff"),
    ("2.5.29.19", b"\x30\x06\x01\x01\xff\x02\x01\x00"),
    ("2.5.29.19", b"\x30\x06\x01\x01\xff\x02\x01\xff"),
    ("2.5.29.19", b"\x30\x03\x02\x01\x00"),
    ("2.5.29.19", b"\x04\x00"),
    ("2.5.29.15", b"\x03\x02\x01\x06"),
    ("2.5.29.15", b"\x03\x02\x06\xc0"),
    ("2.5.29.15", b"\x03\x01\x00"),
    ("2.5.29.15", b"\x02\x01\x06"),
    ("2.5.29.37", b"\x30\x00"),
    ("2.5.29.37", b"\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x08"),
    ("2.5.29.37", b"\x30\x02\x05\x00"),
    ("2.5.29.32", b"\x30\x08\x30\x06\x06\x04\x55\x1d\x20\x00"),
    ("2.5.29.32", b"\x30\x10\x30\x06\x06\x04\x55\x1d\x20\x00\x30\x06\x06\x04\x55\x1d\x20\x00"),
    ("2.5.29.32", b"\x30\x02\x30\x00"),
    ("2.5.29.32", b"\x30\x00"),
    ("2.5.29.17", b"\x30\x07\x81\x05a@b.c"),
    ("2.5.29.17", b"\x30\x07\x82\x05b.c.d"),
    ("2.5.29.17", b"\x30\x03\x81\x01\xff"),
    ("2.5.29.17", b"\x30\x03\x86\x01/"),
    ("2.5.29.17", b"\x30\x00"),
    ("2.5.29.31", b"\x30\x00"),
    ("2.5.29.31", b"\x30\x02\x30\x00"),
    ("2.5.29.31", b"\x04\x00"),
    ("1.3.6.1.5.5.7.1.1", b"\x30\x00"),
    ("1.3.6.1.5.5.7.1.1", b"\x30\x02\x05\x00"),
    ("2.5.29.30", b"\x30\x00"),
    ("2.5.29.36", b"\x30\x03\x80\x01\x00"),
    ("2.5.29.54", b"\x02\x01\x00"),
    ("2.5.29.33", b"\x30\x00"),
    ("1.3.6.1.5.5.7.1.3", b"\x30\x00"),
    ("1.2.3.4", b"\x05\x00"),
    ("2.5.29.18", b"\xff"),
]
NAMES = ["Sub", "", "a\u00adb", "NGUYỄN", "\u200b", "x" * 64, "\U0001f600", "Ɂ", "a,b+c", " two  spaces "]
EXTENSION = st.tuples(st.sampled_from(POOL), st.booleans())


@given(
    extensions=st.tuples(*(st.lists(EXTENSION, max_size=3, unique_by=lambda item: item[0][0]) for _ in range(3))),
    names=st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)),
    bare=st.booleans(),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_odd_extensions_and_names_never_make_a_chain_hold_that_the_library_refuses(
    extensions: tuple[list[tuple[tuple[str, bytes], bool]], ...], names: tuple[str, str], bare: bool
) -> None:
    made: list[Entity] = []
    for found, common_name in zip(extensions, ("Root", *names), strict=True):
        raw = [(x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value), critical) for (oid, value), critical in found]
        made.append(odd(common_name, made[-1] if made else None, raw, bare=bare))
    agrees(chain_of(*reversed(made)))


def odd(common_name: str, issuer: Entity | None, raw: list[tuple[x509.ExtensionType, bool]], *, bare: bool) -> Entity:
    """A certificate with the extensions given, and basicConstraints of a CA where they have none and it is not to be bare."""
    if not bare and not any(item.oid.dotted_string == "2.5.29.19" for item, _ in raw):
        raw = [*raw, (x509.BasicConstraints(ca=True, path_length=None), True)]
    key = new_key()
    subject = name(common_name) if common_name else x509.Name([])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(corpora.AT.replace(year=2020))
        .not_valid_after(corpora.AT.replace(year=2030))
    )
    for item, critical in raw:
        builder = builder.add_extension(item, critical)
    made = builder.sign((issuer.key if issuer else key), hashes.SHA256())
    return Entity(subject, key, Certificate(made.public_bytes(Encoding.DER)))


@pytest.mark.corpus
def test_both_agree_on_every_chain_of_the_path_corpora(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All chains that path building finds in PKITS and x509-limbo, whatever comes of them."""
    chains: set[tuple[Certificate, ...]] = set()
    monkeypatch.setattr("vnsign.pki.path.check_constraints", lambda chain: chains.add(chain) or check_constraints(chain))
    folder = shared_data / "corpora" / "bundles" / "pkits"
    for line in (folder / "cases.jsonl").read_text("utf-8").splitlines():
        corpora.pkits(json.loads(line), folder)
    for case in json.loads((folder.parent / "limbo" / "limbo.json").read_text("utf-8"))["testcases"]:
        corpora.limbo(case)
    assert len(chains) > 150
    assert sum(map(agrees, chains)) > 50


@pytest.mark.corpus
def test_both_agree_on_pairs_of_real_certificates(shared_data: Path) -> None:
    """Every pair of a certificate and its issuer among the loose certificates of the corpora."""
    found = {
        Certificate(path.read_bytes()) for path in sorted(shared_data.rglob("*")) if path.suffix in {".crt", ".cer", ".der"}
    }
    known = {item: facts for item in found if len(item.der) < 8192 and (facts := profile(item)) is not None}
    pairs = [
        pair for pair in permutations(known, 2) if known[pair[0]].issuer_key == known[pair[1]].subject_key and issued_by(*pair)
    ]
    assert len(pairs) > 50
    assert sum(map(agrees, pairs)) > 10
