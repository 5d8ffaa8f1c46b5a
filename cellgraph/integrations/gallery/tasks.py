"""The parts of a gallery, each of them Markdown, SVG and HTML: made task by task, so that several can run at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from cellgraph.integrations.gallery.comparison import comparison_files
from cellgraph.integrations.gallery.contents import Contents
from cellgraph.integrations.gallery.index import family_files, index_files
from cellgraph.integrations.gallery.page import cell_files
from cellgraph.integrations.gallery.story import story_files

Files = dict[str, bytes]
Task = tuple[Callable[[Contents, str], Files], str]
"""One part of a gallery: what makes it, and of what."""


def tasks(contents: Contents) -> tuple[Task, ...]:
    """Every part of the gallery, those first that take long."""
    return (
        *((story_files, key) for key in contents.stories),
        *((comparison_files, key) for key in contents.comparisons),
        *((family_files, family) for family in contents.families),
        *((cell_files, entry.name) for entry in contents.entries),
        (index_files, ""),
    )


def files(contents: Contents, task: Task) -> Files:
    """The files of one part: path from the gallery's folder -> content. Raises CellgraphError."""
    maker, subject = task
    return maker(contents, subject)


def parts(contents: Contents, jobs: int) -> Iterator[Files]:
    """The files of every part, in the order of the tasks, made by so many processes."""
    todo = tasks(contents)
    if min(jobs, len(todo)) == 1:
        yield from (files(contents, task) for task in todo)
        return
    # Processes are started afresh and not forked: a fork takes locks and threads of this process with it.
    with ProcessPoolExecutor(min(jobs, len(todo)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(files, contents), todo)
