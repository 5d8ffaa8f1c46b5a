"""How much a command says on standard error: the options -q and -v, which every command has."""

from __future__ import annotations

from functools import partial

import click

LEVEL = f"{__name__}.level"
"""Where a context holds what was asked for: 1 for more, -1 for nothing but errors."""

OPTIONS = (
    ("-q", "--quiet", -1, "Nothing on standard error but what went wrong."),
    ("-v", "--verbose", 1, "Also say which files are read and written."),
)


def with_verbosity(command: click.Command) -> click.Command:
    """The command, with -q and -v where it has no such option of its own."""
    own = {name for param in command.params for name in param.opts}
    for short, long, level, text in OPTIONS:
        if short not in own:
            noted = partial(_noted, level)
            command.params.append(
                click.Option([short, long], is_flag=True, expose_value=False, callback=noted, help=text)
            )
    return command


def quiet() -> bool:
    """Whether nothing but errors is to be said."""
    return _level() < 0


def say(text: str) -> None:
    """Tell those who asked to hear more."""
    if _level() > 0:
        click.echo(text, err=True)


def _noted(level: int, ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta[LEVEL] = level


def _level() -> int:
    context = click.get_current_context(silent=True)
    return 0 if context is None else int(context.meta.get(LEVEL, 0))
