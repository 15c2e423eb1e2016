"""``vnsign completion``: the script that lets a shell complete commands and options."""

from __future__ import annotations

import click

from vnsign.cli import output

_HOW = {
    "bash": "vnsign completion bash > ~/.local/share/bash-completion/completions/vnsign",
    "zsh": "vnsign completion zsh > ~/.zfunc/_vnsign   (with ~/.zfunc in fpath)",
    "fish": "vnsign completion fish > ~/.config/fish/completions/vnsign.fish",
}


@click.command()
@click.argument("shell", type=click.Choice(list(_HOW)))
def completion(shell: str) -> None:
    """Print the completion script for SHELL; where to put it is said on stderr."""
    from click.shell_completion import get_completion_class

    from vnsign.cli.main import cli

    kind = get_completion_class(shell)
    if kind is None:  # the choice above and click's own shells are the same
        raise click.UsageError(f"no completion for {shell}")
    output.result(kind(cli, {}, "vnsign", "_VNSIGN_COMPLETE").source())
    output.say(_HOW[shell])
