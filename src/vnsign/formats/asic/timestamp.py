"""Any file with a time-stamp in a container: ASiC-S with a time-stamp token (EN 319 162-1, 4.3.3.2 with A.1)."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field

from vnsign.crypto import digests
from vnsign.errors import ConfigurationError
from vnsign.formats.asic.names import EntryKind, kind_of
from vnsign.model.limits import Limits

MIMETYPE = "application/vnd.etsi.asic-s+zip"
TOKEN_ENTRY = "META-INF/timestamp.tst"  # noqa: S105 - a name of the standard

_EPOCH = (1980, 1, 1, 0, 0, 0)
_DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class PendingFileTimestamp:
    """A file that waits for its token and its container.

    Attributes:
        digest: name of the digest of the imprint.
        imprint: digest of the file.
        name: of the file in the container.
        data: the file.
    """

    digest: str
    imprint: bytes
    name: str
    data: bytes = field(repr=False)

    def embed(self, token: bytes) -> bytes:
        """The container. The same file and token give the same bytes.

        Args:
            token: DER of the time-stamp token. It is not checked here.
        """
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as container:
            container.comment = f"mimetype={MIMETYPE}".encode()
            _write(container, "mimetype", MIMETYPE.encode(), zipfile.ZIP_STORED)
            _write(container, self.name, self.data, zipfile.ZIP_DEFLATED)
            _write(container, TOKEN_ENTRY, token, zipfile.ZIP_STORED)
        return stream.getvalue()


def begin_file_timestamp(
    document: bytes, *, name: str, digest: str = "sha256", limits: Limits = _DEFAULT
) -> PendingFileTimestamp:
    """Begin a time-stamp over a file of any kind.

    Args:
        document: the file.
        name: what it is called in the container: without folder.
        digest: of the imprint.
        limits: bounds on a container that can be read back.

    Raises:
        ConfigurationError: no name for a file of a container (``ENTRY_NAME``), a digest that is not known.
        LimitExceededError: more data than containers may hold.
    """
    from vnsign.errors import LimitExceededError

    if len(document) > limits.asic_bytes:
        raise LimitExceededError(f"{len(document)} bytes, at most {limits.asic_bytes} are read from a container")
    taken = kind_of(name) is not EntryKind.DATA or not name.strip() or name.startswith("META-INF")
    if taken or len(name.encode()) > limits.asic_name_bytes or any(sign in name for sign in "/\\\0:"):
        raise ConfigurationError(f"{name!r} is no name for a file in a container", code="ENTRY_NAME", hint="name another")
    return PendingFileTimestamp(digest, digests.digest(digest, document), name, document)


def _write(container: zipfile.ZipFile, name: str, data: bytes, method: int) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = method
    container.writestr(entry, data)
