"""One contestant of :mod:`bench.many` in a process of its own: ``python -m bench.many_pools vnsign|pyhanko FOLDER JOBS AT``.

Paths come on standard input, separated by NUL. Each pool prepares trust and evidence once in a process.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any


def main() -> None:
    """Judge every path, and say nothing."""
    contestant, folder, jobs, at = sys.argv[1:]
    paths = [path for path in sys.stdin.buffer.read().decode().split("\0") if path]
    with ProcessPoolExecutor(int(jobs)) as pool:
        count = {"vnsign": by_vnsign, "pyhanko": by_pyhanko}[contestant](paths, Path(folder), datetime.fromisoformat(at), pool)
    assert count == len(paths)


def by_vnsign(paths: list[str], folder: Path, at: datetime, pool: ProcessPoolExecutor) -> int:
    import vnsign

    verifier = vnsign.Verifier(vnsign.TrustStore.load(folder / "trust"), evidence=vnsign.load_evidence(folder / "evidence"))
    return sum(1 for _ in vnsign.verify_many(paths, verifier, pool, at=at))


def by_pyhanko(paths: list[str], folder: Path, at: datetime, pool: ProcessPoolExecutor) -> int:
    tasks = ((path, str(folder), at) for path in paths)
    return sum(1 for _ in pool.map(pyhanko_file, tasks, chunksize=4))


@lru_cache(maxsize=1)
def trusted(folder: str) -> tuple[list[Any], list[Any], list[Any]]:
    """Roots, other certificates and CRLs, parsed once in a process."""
    from asn1crypto import crl, x509

    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    certificates = [x509.Certificate.load(path.read_bytes()) for path in sorted(Path(folder, "trust").glob("*.crt"))]
    roots = [item for item in certificates if item.self_signed != "no"]
    lists = [crl.CertificateList.load(path.read_bytes()) for path in sorted(Path(folder, "evidence").glob("*.crl"))]
    return roots, [item for item in certificates if item not in roots], lists


def pyhanko_file(task: tuple[str, str, datetime]) -> list[str]:
    """Every signature of a file; what pyHanko raises is its answer."""
    path, folder, at = task
    try:
        return asyncio.run(_pyhanko(path, folder, at))
    except Exception as error:  # noqa: BLE001 - of damaged files
        return [type(error).__name__]


async def _pyhanko(path: str, folder: str, at: datetime) -> list[str]:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    roots, others, lists = trusted(folder)
    found = []
    with Path(path).open("rb") as stream:
        for embedded in PdfFileReader(stream).embedded_regular_signatures:
            context = ValidationContext(
                trust_roots=roots, other_certs=others, crls=lists, moment=at, allow_fetching=False, revocation_mode="require"
            )
            try:
                status = await async_validate_pdf_signature(embedded, context)
                found.append(status.summary())
            except Exception as error:  # noqa: BLE001 - one signature of several
                found.append(type(error).__name__)
    return found


if __name__ == "__main__":
    main()
