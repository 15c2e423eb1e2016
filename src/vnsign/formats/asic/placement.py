"""What container a signature goes into and what else is in it: one frozen value, checked when it is built."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from vnsign.errors import ConfigurationError
from vnsign.formats.asic.entry_names import check_file_name, folded
from vnsign.model.claims import NO_CLAIMS, Claims

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")


class ContainerKind(StrEnum):
    """The kinds of EN 319 162-1."""

    S = "asic-s"
    """One file, and one signature file over it (4.3)."""
    E = "asic-e"
    """Any number of files, and a signature file for each signature (4.4)."""


class ContainerForm(StrEnum):
    """What the signatures of a container are."""

    XADES = "xades"
    CADES = "cades"


@dataclass(frozen=True, slots=True, kw_only=True)
class AsicPlacement:
    """Kind and content of an ASiC container.

    A document that is a container itself gets one more signature, over all of its files; its kind and form stay as they are.

    Attributes:
        container: kind of the container; ``None``: that of the document, ASiC-E for a new one.
        form: of the signature; ``None``: what the document's signatures are, XAdES in a new container.
        name: of the document in a new container, with folders before it where wanted; empty: ``document``.
        mime_type: media type of the document; empty: by the ending of its name.
        more_files: further files of a new ASiC-E container, name and content.
        claims: what the signer says beyond signing.

    Raises:
        ConfigurationError: ``ENTRY_NAME``: a name that no file of a container can have, or two that some program takes for
            the same; ``ASIC_PLACEMENT``: several files or a folder in an ASiC-S container, no media type.
    """

    container: ContainerKind | None = None
    form: ContainerForm | None = None
    name: str = ""
    mime_type: str = ""
    more_files: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    claims: Claims = NO_CLAIMS

    def __post_init__(self) -> None:
        if self.mime_type and not _MEDIA_TYPE.fullmatch(self.mime_type):
            raise _refused(f"media type {self.mime_type!r}", "application/pdf and the like")
        if self.container is ContainerKind.S and self.more_files:
            raise _refused("several files in an ASiC-S container", "ContainerKind.E holds any number of files")
        if self.container is ContainerKind.S and "/" in self.name:
            raise _refused("the file of an ASiC-S container in a folder", "it stands at the root (EN 319 162-1, 4.3.3.2)")
        names = [self.file_name, *(name for name, _ in self.more_files)]
        for name in names:
            check_file_name(name)
        if len({folded(name) for name in names}) != len(names):
            raise ConfigurationError(
                "two files of the container have the same name to some programs", code="ENTRY_NAME", hint="rename one of them"
            )

    @property
    def file_name(self) -> str:
        """What the document is called in a new container."""
        return self.name or "document"


def _refused(found: str, hint: str) -> ConfigurationError:
    return ConfigurationError(f"ASiC placement: {found}", code="ASIC_PLACEMENT", hint=hint)
