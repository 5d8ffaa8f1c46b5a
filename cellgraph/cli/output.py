"""What commands write: data, whole or not at all and never over a spec; and with -v what they do, on standard error."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import click

from cellgraph.deadline import finish
from cellgraph.errors import CellgraphError

LEVEL = f"{__name__}.level"
"""Where a context holds what was asked for: 1 for more, -1 for nothing but errors."""

VERBOSITY = (
    ("-q", "--quiet", -1, "Nothing on standard error but what went wrong."),
    ("-v", "--verbose", 1, "Also say which files are read and written."),
)

PREFIX, SUFFIX = ".cellgraph-", ".tmp"
"""What the temporary file beside an output is called, so that one left by a killed process is recognised."""


def write(path: str, data: bytes, specs: Iterable[str] = ()) -> None:
    """Put `data` at `path`: into a temporary file beside it, then in its place. A link is replaced, not followed.

    `specs` are the files that the data was made from; neither they nor other specs are overwritten. Raises
    CellgraphError.
    """
    # Imported here, because most commands write to standard output and should start fast.
    import contextlib
    import tempfile

    refuse(path, specs)
    target = Path(path)
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        # A device or a pipe cannot be replaced by a file, and is written as it is.
        with target.open("wb") as device:
            device.write(data)
        return
    try:
        handle, temporary = tempfile.mkstemp(prefix=PREFIX, suffix=SUFFIX, dir=target.parent)
    except OSError as error:
        raise CellgraphError(f"cannot write into {target.parent}: {error.strerror}") from None
    with contextlib.ExitStack() as interrupted:
        interrupted.callback(os.unlink, temporary)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, target)
        except OSError as error:
            raise CellgraphError(f"cannot write {path}: {error.strerror}") from None
        interrupted.pop_all()


def refuse(path: str, specs: Iterable[str] = ()) -> None:
    """Raise CellgraphError where nothing is written: over a spec, or where a folder is. `specs` as for `write`."""
    target = Path(path)
    for spec in specs:
        if target.exists() and os.path.exists(spec) and os.path.samefile(spec, target):
            raise CellgraphError(f"{path}: this is the spec itself; choose another name for the output")
    # What somebody has written as a spec: YAML with equations.
    yaml = target.suffix.lower() in (".yaml", ".yml") and target.is_file()
    if yaml and re.search(rb"(?m)^\W*equations\W*:", target.read_bytes()):
        raise CellgraphError(f"{path}: this is a spec; choose another name for the output, or remove it first")
    if target.is_dir():
        raise CellgraphError(f"{path}: this is a folder; name a file in it")


def emit(data: str | bytes, output: str | None, specs: Iterable[str] = ()) -> None:
    """Write to the file named, or to standard output for None and '-'. There is no deadline from here on."""
    finish()
    raw = data.encode("utf-8") if isinstance(data, str) else data
    if output is not None and output != "-":
        write(output, raw, specs)
        say(f"{output}: {len(raw)} bytes written")
    elif sys.stdout is None:
        raise CellgraphError("standard output is closed; name a file with -o")
    elif isinstance(data, str):
        sys.stdout.write(data)
        sys.stdout.flush()
    elif sys.stdout.isatty():
        raise CellgraphError("this is a binary format and standard output is a terminal; name a file with -o")
    else:
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def with_verbosity(command: click.Command) -> click.Command:
    """The command, with -q and -v where it has no such option of its own."""
    own = {name for param in command.params for name in param.opts}
    for short, long, level, text in VERBOSITY:
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
