"""Write man/vnsign.1 from the commands and their options.

python tools/make_man_page.py          write it
python tools/make_man_page.py --check  fail when it is not what the commands say
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from vnsign.cli.main import cli

PAGE = Path(__file__).resolve().parents[1] / "man" / "vnsign.1"
HEAD = r""".TH VNSIGN 1 "" "vnsign" "User Commands"
.SH NAME
vnsign \- sign and verify PDF, XML, CMS and ASiC documents for Vietnam's public services
.SH SYNOPSIS
.B vnsign
.I COMMAND
[\fIOPTIONS\fR] [\fIARGUMENTS\fR]
.SH DESCRIPTION
Signs and verifies documents with certificates of Vietnam's public and civil-service certification authorities, and says why,
in Vietnamese and in English. Results go to standard output; errors and progress to standard error. Everything is offline
unless \fB\-\-online\fR is given.
"""
TAIL = r""".SH EXIT STATUS
0 all signatures valid, or all documents signed; 1 some not valid, or not signed; 2 usage; 3 some undetermined; 4 no signature;
5 unreadable; 70 internal error; 130 interrupted.
.SH ENVIRONMENT
.TP
.B VNSIGN_TRUST
folder of the trust data
.TP
.B VNSIGN_CACHE
folder of what was fetched
.TP
.B VNSIGN_SECRET
secret of the key, where no terminal is there to ask at
.TP
.B NO_COLOR, CLICOLOR_FORCE
never, always use colour
.TP
.B VNSIGN_DEBUG
show tracebacks of internal errors
"""


def main() -> int:
    """Write or compare the page."""
    text = HEAD + "".join(_command("vnsign", name, _loaded(name)) for name in cli.list_commands(click.Context(cli))) + TAIL
    if "--check" in sys.argv:
        return 0 if PAGE.is_file() and PAGE.read_text("utf-8") == text else 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, "utf-8")
    return 0


def _loaded(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    if found is None:
        raise SystemExit(f"no command {name}")
    return found


def _command(parent: str, name: str, command: click.Command) -> str:
    if isinstance(command, click.Group):
        inner = "".join(_command(f"{parent} {name}", sub, item) for sub, item in sorted(command.commands.items()))
        return f".SH {_escaped(f'{parent} {name}'.upper())}\n{_escaped(_help(command))}\n{inner}"
    level = ".SH" if parent == "vnsign" else ".SS"
    text = f"{level} {_escaped(f'{parent} {name}')}\n{_escaped(_help(command))}\n"
    for item in command.params:
        record = item.get_help_record(click.Context(command))
        if record is not None:
            text += f".TP\n.B {_escaped(record[0])}\n{_escaped(record[1])}\n"
    return text


def _help(command: click.Command) -> str:
    return "\n.PP\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n") if part.strip())


def _escaped(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-").replace("\n'", "\n\\&'")


if __name__ == "__main__":
    sys.exit(main())
