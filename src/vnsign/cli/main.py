"""The entry point. Only the module of the command that is asked for is imported, so that a start stays quick."""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from vnsign.cli import output
from vnsign.cli.exit_codes import ExitCode
from vnsign.errors import VnsignError

COMMANDS = {
    "verify": "vnsign.cli.verify:verify",
    "sign": "vnsign.cli.sign:sign",
    "inspect": "vnsign.cli.inspect:inspect",
    "trust": "vnsign.cli.trust:app",
    "policy": "vnsign.cli.policy:app",
    "explain": "vnsign.cli.explain:explain",
    "demo": "vnsign.cli.demo:demo",
}
"""Name of each command and where it lives. Names of commands and options are stable."""


def build(names: tuple[str, ...]) -> typer.Typer:
    """The command line with the commands named."""
    app = typer.Typer(
        name="vnsign",
        help="Ký số và kiểm tra chữ ký số trên hồ sơ PDF và XML. Sign and verify PDF and XML dossiers.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )
    app.callback(invoke_without_command=True)(_root)
    for name in names:
        module, _, attribute = COMMANDS[name].partition(":")
        target = getattr(import_module(module), attribute)
        if isinstance(target, typer.Typer):
            app.add_typer(target, name=name)
        else:
            app.command(name)(target)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        from vnsign._version import __version__

        output.result(f"vnsign {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(False, "--version", help="Show the version and exit.", callback=_version, is_eager=True),
) -> None:
    """Ký số và kiểm tra chữ ký số trên hồ sơ PDF và XML. Sign and verify PDF and XML dossiers."""


def main() -> None:
    """Run the command line and exit. No traceback ever reaches the user; set ``VNSIGN_DEBUG=1`` to see one."""
    output.use_utf8()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line with arguments and return its exit code."""
    import os

    import click

    asked = next((item for item in arguments if not item.startswith("-")), "")
    names = (asked,) if asked in COMMANDS else tuple(COMMANDS)
    try:
        return int(build(names)(arguments, prog_name="vnsign", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        output.say("đã dừng / interrupted")
        return 130
    except BrokenPipeError:
        return ExitCode.ALL_PASSED
    except VnsignError as error:
        output.error(error)
        return ExitCode.USAGE
    except Exception as error:
        if os.environ.get("VNSIGN_DEBUG"):
            raise
        output.say(f"lỗi nội bộ / internal error [INTERNAL]: {type(error).__name__}: {error}")
        output.say("  set VNSIGN_DEBUG=1 to see where, and report it with the file's kind and the command")
        return ExitCode.INTERNAL
