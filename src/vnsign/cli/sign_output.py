"""What ``vnsign sign`` and its relatives write, where, and what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vnsign.cli import output
from vnsign.cli.exit_codes import ExitCode
from vnsign.cli.sign_placement import ending
from vnsign.errors import ConfigurationError, OutputExistsError, UnreadableDocumentError, VnsignError

if TYPE_CHECKING:
    from vnsign.cli.sign_options import Wanted
    from vnsign.model.certificate import Certificate
    from vnsign.signing.document import SignedDocument

_TEXT = {
    "vi": {
        "signed": "đã ký: {out} ({form} {level}, chữ ký {id}, {name})",
        "warning": "lưu ý [{code}]: {meaning}",
        "hint": "gợi ý",
    },
    "en": {
        "signed": "signed: {out} ({form} {level}, signature {id}, {name})",
        "warning": "note [{code}]: {meaning}",
        "hint": "hint",
    },
}
_FORMS = {"pdf": "PAdES", "xml": "XAdES", "cms": "CAdES", "asic": "ASiC"}


@dataclass
class Said:
    """What is said of signed documents; each warning once in a run."""

    language: str
    wanted: Wanted
    certificate: Certificate
    _told: set[str] = field(default_factory=set)

    def line(self, signed: SignedDocument, target: Path) -> str:
        """The line for one signed document."""
        from vnsign.pki.identity import read_signer
        from vnsign.report.catalogue import clean

        plain = signed.format == "xml" and self.wanted.plain_xml
        return _TEXT[self.language]["signed"].format(
            out=target,
            form="XML-DSig" if plain else _FORMS[signed.format],
            level="" if plain else f"B-{signed.level}",
            id=clean(signed.signature_id),
            name=clean(read_signer(self.certificate).name),
        )

    def warnings(self, signed: SignedDocument) -> None:
        """Say what could not be checked before signing."""
        for item in signed.warnings:
            if item.code not in self._told:
                self._told.add(item.code)
                say_warning(item.code, item.message, self.language, item.hint)


def say_warning(code: str, message: str, language: str, hint: str = "") -> None:
    """Say something that did not stop the signing, in the user's language where its code is known."""
    from vnsign.report.catalogue import clean, entry

    known = entry(language, f"codes.{code}")
    output.say(_TEXT[language]["warning"].format(code=code, meaning=known.get("meaning", clean(message))))
    action = known.get("action", hint)
    if action:
        output.say(f"  {_TEXT[language]['hint']}: {action}")


def targets(files: tuple[Path, ...], wanted: Wanted) -> dict[Path, Path]:
    """Each input with its output. All are looked at before the key is opened.

    Raises:
        OutputExistsError: one is there already.
        ConfigurationError: several files and one output, or two outputs of one name.
    """
    given = wanted.output
    if given is None:
        pairs = {file: file.with_name(_name(file, wanted)) for file in files}
    elif given.is_dir():
        pairs = {file: given / _name(file, wanted) for file in files}
    elif len(files) == 1:
        pairs = {files[0]: given}
    else:
        raise ConfigurationError(f"{given} is no folder, and there are {len(files)} files", code="USAGE", hint="-o FOLDER")
    for target in pairs.values():
        refuse_existing(target)
    if len(set(pairs.values())) != len(files):
        raise ConfigurationError("two files would be written to one name", code="USAGE", hint="sign them one at a time")
    return pairs


def _name(file: Path, wanted: Wanted) -> str:
    behind = ending(wanted.form)
    return f"{file.name}{behind}" if behind else f"{file.stem}.signed{file.suffix}"


def refuse_existing(target: Path) -> None:
    """Refuse an output that is there.

    Raises:
        OutputExistsError: that.
    """
    if target.exists() or target.is_symlink():
        raise OutputExistsError(f"{target} exists already", hint="choose another name with -o, or move the file away")


def code_of(error: VnsignError) -> ExitCode:
    """The exit code for an error."""
    if isinstance(error, UnreadableDocumentError):
        return ExitCode.UNREADABLE
    if isinstance(error, ConfigurationError | OutputExistsError):
        return ExitCode.USAGE
    return ExitCode.SOME_FAILED
