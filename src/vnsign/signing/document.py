"""A signed document, and how it is written: whole or not at all, and never over something that is there."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from vnsign.errors import OutputExistsError, SigningError
from vnsign.formats.appended import Appended
from vnsign.signing.fitness import SigningWarning
from vnsign.signing.profile import SignatureLevel


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A document with a new signature that was read back and holds.

    Attributes:
        content: the bytes; of a PDF the document as it was, and what was appended.
        name: of the document that was signed, for people.
        signature_id: field name of a PDF, ``Id`` of an XML signature, as in the report of a verification.
        format: ``pdf``, ``xml``, ``cms`` or ``asic``.
        level: what was made.
        warnings: what the signer must be told, such as that the revocation status could not be had.
        detached: whether the signature stands beside the data that it is over.
    """

    content: bytes | Appended = field(repr=False)
    name: str
    signature_id: str
    format: str
    level: SignatureLevel
    warnings: tuple[SigningWarning, ...] = ()
    detached: bool = False

    @property
    def data(self) -> bytes:
        """The bytes in one piece; of a large PDF a copy, which :meth:`save` does not make."""
        return self.content.join() if isinstance(self.content, Appended) else self.content

    def save(self, path: Path | str) -> Path:
        """Write the document. See :func:`write_new`."""
        target = Path(path)
        write_new(target, self.content)
        return target


def write_new(path: Path, data: bytes | Appended) -> None:
    """Write a file that is not there yet: afterwards it is there whole and on the disk, or not at all.

    The bytes go to a temporary file in the same folder, which is then linked to its name; an existing file, also the one
    that was signed, is never touched, whoever else writes at the same time.

    Args:
        path: where to.
        data: the bytes.

    Raises:
        OutputExistsError: something is there already.
        SigningError: ``CANNOT_WRITE``: no such folder, no permission, no space; nothing is left behind.
    """
    if os.path.lexists(path):
        raise _exists(path)
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.part")
    try:
        try:
            _write(temporary, data)
            _give_name(temporary, path)
        finally:
            with suppress(OSError):
                temporary.unlink()
        _sync_folder(path.parent)
    except FileExistsError as error:
        raise _exists(path) from error
    except OSError as error:
        raise SigningError(
            f"{path}: cannot be written: {error.strerror or error}",
            code="CANNOT_WRITE",
            hint="check folder, permissions and free space; nothing was written",
        ) from error


def _exists(path: Path) -> OutputExistsError:
    return OutputExistsError(f"{path} exists already", hint="choose another name with -o, or move the file away")


def _write(path: Path, data: bytes | Appended) -> None:
    # 0o666 less the user's mask, as any program would create it; the name is new or this fails
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(descriptor, "wb") as stream:
        for part in (data.document, data.update) if isinstance(data, Appended) else (data,):
            stream.write(part)
        stream.flush()
        os.fsync(stream.fileno())


def _give_name(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        # No hard links here (FAT, some network folders): the name is reserved first, so that nothing is ever overwritten.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        try:
            temporary.replace(path)
        except OSError:
            with suppress(OSError):
                path.unlink()
            raise


def _sync_folder(folder: Path) -> None:
    """Make the name last through a power cut. Where folders cannot be synced the file itself still was."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
