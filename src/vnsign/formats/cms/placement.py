"""What form a CMS signature has and what it is put in: one frozen value, checked when it is built."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from vnsign.errors import ConfigurationError
from vnsign.model.claims import NO_CLAIMS, Claims

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}(;[ -~]{1,200})?")
_COUNTER_SIGNED = re.compile(r"signer-[1-9]\d{0,5}(-counter-[1-9]\d{0,5}){0,4}")


class CmsPackaging(StrEnum):
    """Where the signed content is."""

    ATTACHED = "attached"
    """Inside the CMS file."""
    DETACHED = "detached"
    """Beside it; the file holds the signature alone (``.p7s``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CmsPlacement:
    """Form and place of a CMS signature (CAdES baseline, EN 319 122-1, 6).

    Attributes:
        packaging: attached or detached, of a new CMS file.
        mime_type: media type of what is signed, for the attribute ``mime-type``; empty: left out. Not for counter-signatures.
        claims: what the signer says beyond signing.
        parallel: the document is a CMS file, and one more signer signs the content that its signers signed. Without it, and
            without ``counter_signs``, a new file signs the document, whatever it is.
        counter_signs: the document is a CMS file, and the value of this signature of it is signed: ``signer-1``, as the reader
            names it.

    Raises:
        ConfigurationError: no media type, no identifier of a signature, or two things at once.
    """

    packaging: CmsPackaging = CmsPackaging.DETACHED
    mime_type: str = ""
    claims: Claims = NO_CLAIMS
    parallel: bool = False
    counter_signs: str = ""

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "packaging", CmsPackaging(self.packaging))  # its name is as good
        except ValueError:
            raise _refused(f"packaging {self.packaging!r}", "attached or detached") from None
        if self.mime_type and not _MEDIA_TYPE.fullmatch(self.mime_type):
            raise _refused(f"media type {self.mime_type!r}", "application/pdf and the like")
        if self.counter_signs and not _COUNTER_SIGNED.fullmatch(self.counter_signs):
            raise _refused(f"no signature is named {self.counter_signs!r}", "signer-1, or signer-1-counter-1")
        if self.counter_signs and (self.parallel or self.mime_type):
            raise _refused("a counter-signature signs a value", "it has no media type, and is no further signer of the content")

    @property
    def detached(self) -> bool:
        """Whether a new signature stands beside its content."""
        return self.packaging is CmsPackaging.DETACHED


def _refused(found: str, hint: str) -> ConfigurationError:
    return ConfigurationError(f"CMS placement: {found}", code="CMS_PLACEMENT", hint=hint)
