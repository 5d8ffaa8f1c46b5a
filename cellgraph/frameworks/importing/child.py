"""The process that runs a user's code: it reads what is asked from its input, and writes lines of JSON to a file.

Each line is an object: `doing`, what is being done; `failed`, the messages that end it; `found`, what was imported.
The process ends when the one that started it does, whatever the code is doing.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ENVIRONMENT: Mapping[str, str] = {
    "KERAS_BACKEND": "jax",
    "JAX_PLATFORMS": "cpu",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TRANSFORMERS_VERBOSITY": "error",
}
"""Set where they are not, before any library is imported."""


def main() -> None:
    """Import what the request on standard input names, and end."""
    request = json.loads(sys.stdin.buffer.readline())
    _end_with_parent()
    with open(request["events"], "a", encoding="utf-8", buffering=1) as events, open(request["stacks"], "w") as stacks:

        def tell(**event: Any) -> None:
            events.write(json.dumps(event) + "\n")

        faulthandler.enable(stacks)
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        warnings.simplefilter("ignore")
        from cellgraph.frameworks.importing.doors import imported_from

        tell(doing=f"running {request['target']}")
        if request["seconds"]:
            faulthandler.dump_traceback_later(request["seconds"], file=stacks)
        _answered(imported_from, request, tell)
        faulthandler.cancel_dump_traceback_later()
    sys.stdout.flush()
    # Threads and exit handlers of the user's code are not waited for.
    os._exit(0)


def _answered(
    imported_from: Callable[..., dict[str, Any]], request: Mapping[str, Any], tell: Callable[..., None]
) -> None:
    from cellgraph.errors import CellgraphError

    file = request["target"].partition(":")[0]
    full = str(Path(file).resolve())
    try:
        tell(found=imported_from(request, lambda doing: tell(doing=doing)))
    except CellgraphError as error:
        tell(failed=str(error).replace(full, file))
    except KeyboardInterrupt:
        os._exit(130)
    except BaseException as error:  # noqa: BLE001 - whatever the user's code raises ends in one message
        tell(failed=f"{_place(error) or file}: {_told(error)}".replace(full, file))


def _told(error: BaseException) -> str:
    """What is said of an exception that is no error of the code alone."""
    if isinstance(error, SystemExit):
        return "the code ends Python here; put what a script does under if __name__ == '__main__'"
    if isinstance(error, RecursionError):
        return "the code nests deeper than Python can follow"
    if isinstance(error, MemoryError):
        return "the code needs more memory than there is"
    return f"this step cannot be read, {type(error).__name__}: {error}"


def _place(error: BaseException) -> str:
    """FILE:LINE of the innermost line of the user's."""
    from cellgraph.frameworks.tracing.places import called_at

    frames = [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
    place = called_at(frames[::-1], frozenset())
    return f"{place.file}:{place.line}" if place is not None else ""


def _end_with_parent() -> None:
    """End this process when standard input ends, which it does with the process that writes to it."""
    own = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for as long as there is the process

    def wait() -> None:
        while os.read(own, 1024):
            pass
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    sys.path = [path for path in sys.path if Path(path or ".").resolve() != Path(__file__).parent]
    main()
