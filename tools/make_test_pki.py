"""Issue the test PKI again from its declaration and the committed keys.

    python tools/make_test_pki.py           write certificates and CRLs; make the keys that are missing
    python tools/make_test_pki.py --check   change nothing; exit 1 and name every file that would differ

certomancer issues the certificates. Every issuing key is RSA with PKCS #1 v1.5, so that the bytes are the same each time.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import yaml
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, PKIArchitecture
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from vnsign.testing.revocation import Revoked, build_crl

DATA = Path(__file__).resolve().parents[1] / "src" / "vnsign" / "testing" / "data"
CRL_ISSUERS = ("public-root", "public-ca", "government-root", "government-ca")
THIS_UPDATE = datetime(2026, 1, 1, tzinfo=UTC)
NEXT_UPDATE = datetime(2044, 1, 1, tzinfo=UTC)


def make_key(name: str) -> bytes:
    """A new private key of the kind that the name asks for, PKCS #8 in PEM, not encrypted: it protects nothing."""
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
    if name.endswith("-p256"):
        key = ec.generate_private_key(ec.SECP256R1())
    elif name.endswith("-p384"):
        key = ec.generate_private_key(ec.SECP384R1())
    elif name.endswith("-ed25519"):
        key = ed25519.Ed25519PrivateKey.generate()
    else:
        key = rsa.generate_private_key(65537, 3072 if name.endswith("-rsa3072") else 2048)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def make_missing_keys(declaration: dict[str, dict[str, dict[str, dict[str, object]]]]) -> None:
    folder = DATA / "keys"
    folder.mkdir(exist_ok=True)
    for name in declaration["keysets"]["vnsign"]["keys"]:
        path = folder / f"{name}.pem"
        if not path.exists():
            path.write_bytes(make_key(name))
            print(f"new key {path.name}")


def issue(architecture: PKIArchitecture) -> dict[Path, bytes]:
    """All certificates and CRLs by path below the data folder."""
    made: dict[Path, bytes] = {}
    revoked: dict[str, list[Revoked]] = {name: [] for name in CRL_ISSUERS}
    for issuer, specs in architecture.enumerate_certs_by_issuer():
        for spec in specs:
            made[Path("certificates") / f"{spec.label.value}.crt"] = architecture.get_cert(spec.label).dump()
            if spec.revocation is not None:
                reason = x509.ReasonFlags[spec.revocation.reason.native]
                revoked[issuer.value].append(Revoked(spec.serial, spec.revocation.revoked_since.astimezone(UTC), reason))
    for name in CRL_ISSUERS:
        certificate = x509.load_der_x509_certificate(architecture.get_cert(CertLabel(name)).dump())
        key = serialization.load_pem_private_key((DATA / "keys" / f"{name}.pem").read_bytes(), None)
        made[Path("crls") / f"{name}.crl"] = build_crl(
            certificate, key, revoked[name], this_update=THIS_UPDATE, next_update=NEXT_UPDATE, number=1
        )
    return made


def different(made: dict[Path, bytes]) -> list[str]:
    """The files that are missing, differ, or are there although nothing declares them."""
    found = [path.as_posix() for path, data in made.items() if _read(DATA / path) != data]
    for folder in ("certificates", "crls"):
        found += [f"{folder}/{p.name}" for p in (DATA / folder).glob("*") if p.relative_to(DATA) not in made]
    return sorted(found)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where a file would differ")
    arguments = parser.parse_args()
    text = (DATA / "pki.yml").read_text("utf-8")
    declaration = yaml.safe_load(text)
    if not arguments.check:
        make_missing_keys(declaration)
    config = CertomancerConfig.from_yaml(text, key_search_dir=str(DATA))
    made = issue(config.get_pki_arch(ArchLabel("vnsign")))
    found = different(made)
    for name in found:
        print(f"{'differs' if arguments.check else 'written'}: {name}")
        if not arguments.check and Path(name) in made:
            (DATA / name).parent.mkdir(exist_ok=True)
            (DATA / name).write_bytes(made[Path(name)])
    print(f"{len(made)} files declared, {len(found)} different")
    return 1 if arguments.check and found else 0


if __name__ == "__main__":
    sys.exit(main())
