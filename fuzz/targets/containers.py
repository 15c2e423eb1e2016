"""Files of certificates, CRLs and OCSP answers: DER, PEM, PKCS #7, Base64."""

from fuzz import seeds
from vnsign.trust.containers import read


def SEEDS() -> list[bytes]:  # noqa: N802 - named as in the other targets
    """Some of each."""
    some = (seeds.certificates()[:40], seeds.crls()[:20], seeds.ocsps()[:10], seeds.cms()[:40], seeds.shared("malformed"))
    return [seeds.pki().credential("citizen").private_key_pem, *(item for kind in some for item in kind)]


def target(data: bytes) -> str:
    """Read a file of a trust or evidence folder."""
    found = read(data, "file")
    return f"{min(3, len(found.certificates))} {min(3, len(found.crls))} {min(3, len(found.ocsps))}"
