"""The entry point. Only the module of the command that is asked for is imported, so that a start stays quick."""

from __future__ import annotations

import gc
import inspect
import os
import sys
import warnings
from importlib import import_module

import click

from vnsign._version import __version__
from vnsign.cli import output
from vnsign.cli.exit_codes import ExitCode
from vnsign.cli.summaries import SUMMARIES
from vnsign.errors import VnsignError

COMMANDS = {
    "verify": "vnsign.cli.verify:verify",
    "sign": "vnsign.cli.sign:sign",
    "prepare": "vnsign.cli.prepare:prepare",
    "finish": "vnsign.cli.finish:finish",
    "augment": "vnsign.cli.augment:augment",
    "timestamp": "vnsign.cli.timestamp:timestamp",
    "inspect": "vnsign.cli.inspect:inspect",
    "show": "vnsign.cli.show:show",
    "lint": "vnsign.cli.lint:lint",
    "bundle": "vnsign.cli.bundle:bundle",
    "trust": "vnsign.cli.trust:trust",
    "policy": "vnsign.cli.policy:policy",
    "explain": "vnsign.cli.explain:explain",
    "compliance": "vnsign.cli.compliance:compliance",
    "doctor": "vnsign.cli.doctor:doctor",
    "completion": "vnsign.cli.completion:completion",
    "demo": "vnsign.cli.demo:demo",
}
"""Name of each command and where it lives. Names of commands and options are stable."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of the commands, in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), attribute)
        return _in_two_languages(command, cmd_name) if isinstance(command, click.Command) else None


def _in_two_languages(command: click.Command, name: str) -> click.Command:
    """The command with its summary in Vietnamese and English, which also begins its help; once for each command."""
    if command.short_help is None:
        vietnamese, english = SUMMARIES[name]
        command.short_help = f"{vietnamese} {english}"
        command.help = f"{vietnamese}\n\n{inspect.cleandoc(command.help or english)}"
    return command


_FIRST = """\b
Lần đầu sử dụng / First steps:
  vnsign trust sync              tải chứng thư số gốc chính thức / fetch the official root certificates
  vnsign verify --online TỆP     kiểm tra chữ ký số / verify signatures
  vnsign doctor                  máy còn thiếu gì / what this machine lacks
"""


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, epilog=_FIRST)
@click.version_option(__version__, message="vnsign %(version)s")
def cli() -> None:
    """Ký số và kiểm tra chữ ký số trên hồ sơ PDF và XML. Sign and verify PDF and XML dossiers."""


def main() -> None:
    """Run the command line and exit. No traceback ever reaches the user; ``VNSIGN_DEBUG=1`` shows one."""
    output.use_utf8()
    warnings.simplefilter("ignore")  # what libraries think of odd certificates is no message for an official
    code = run(sys.argv[1:])
    gc.freeze()  # the process ends: looking once more through all that was loaded for cycles would take a tenth of the whole
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run the command line with arguments and return its exit code."""
    try:
        return int(cli.main(arguments, prog_name="vnsign", standalone_mode=False) or 0)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        output.say("đã dừng / interrupted")
        return 130
    except BrokenPipeError:
        sys.stdout = None  # nothing can be written any more, not even at exit
        return ExitCode.ALL_PASSED
    except VnsignError as error:
        output.error(error)
        return ExitCode.USAGE
    except Exception as error:
        if os.environ.get("VNSIGN_DEBUG"):
            raise
        # The last door: a defect of ours is said in one line, never as a traceback.
        output.say(f"lỗi nội bộ / internal error [INTERNAL]: {type(error).__name__}: {error}")
        output.say("  set VNSIGN_DEBUG=1 to see where, and report it with the kind of file and the command")
        return ExitCode.INTERNAL
