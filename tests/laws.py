"""A law over many cases as one test: for a small case pytest itself would need longer than the law does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def over(cases: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """The test that tries a law on every case, a tuple as several arguments, and names the one that breaks it."""
    given = [*cases]

    def decorate(law: Callable[..., None]) -> Callable[[], None]:
        def test() -> None:
            assert given, "there is no case"
            for case in given:
                try:
                    law(*case) if isinstance(case, tuple) else law(case)
                except BaseException as failure:
                    failure.add_note(f"{law.__name__}, case {getattr(case, 'name', case)!r}")
                    raise

        test.__name__, test.__doc__ = law.__name__, law.__doc__
        return test

    return decorate
