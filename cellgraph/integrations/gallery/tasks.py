"""The parts of a gallery, each of them Markdown, SVG and HTML: made task by task, so that several can run at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from types import MappingProxyType

from cellgraph.integrations.gallery.comparison import comparison_files
from cellgraph.integrations.gallery.contents import Contents
from cellgraph.integrations.gallery.index import family_files, index_files
from cellgraph.integrations.gallery.page import cell_files
from cellgraph.integrations.gallery.story import story_files

Files = dict[str, bytes]
MAKERS: Mapping[str, Callable[[Contents, str], Files]] = MappingProxyType(
    {
        "cell": cell_files,
        "family": family_files,
        "comparison": comparison_files,
        "story": story_files,
        "index": index_files,
    }
)


@dataclass(frozen=True)
class Task:
    """One part of a gallery: which maker makes it, and of what."""

    kind: str
    subject: str


def tasks(contents: Contents) -> tuple[Task, ...]:
    """Every part of the gallery, those first that take long."""
    return (
        *(Task("story", key) for key in contents.stories),
        *(Task("comparison", key) for key in contents.comparisons),
        *(Task("family", family) for family in contents.families),
        *(Task("cell", entry.name) for entry in contents.entries),
        Task("index", ""),
    )


def files(contents: Contents, task: Task) -> Files:
    """The files of one part: path from the gallery's folder -> content. Raises CellgraphError."""
    return MAKERS[task.kind](contents, task.subject)


def parts(contents: Contents, jobs: int) -> Iterator[Files]:
    """The files of every part, in the order of the tasks, made by so many processes."""
    todo = tasks(contents)
    if min(jobs, len(todo)) == 1:
        yield from (files(contents, task) for task in todo)
        return
    # Processes are started afresh and not forked: a fork takes locks and threads of this process with it.
    with ProcessPoolExecutor(min(jobs, len(todo)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(files, contents), todo)
