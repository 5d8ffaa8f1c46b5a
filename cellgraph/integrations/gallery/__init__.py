"""The gallery: everything about every cell as Markdown and SVG, made task by task so that several can run at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cellgraph.integrations.gallery.comparison import comparison_files
from cellgraph.integrations.gallery.index import family_files, index_files
from cellgraph.integrations.gallery.page import cell_files
from cellgraph.integrations.gallery.plan import Entry, Plan, plan
from cellgraph.integrations.gallery.story import story_files

Files = dict[str, bytes]
MAKERS: Mapping[str, Callable[[Plan, str], Files]] = MappingProxyType(
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


def tasks(of: Plan) -> tuple[Task, ...]:
    """Every part of the gallery, those first that take long."""
    return (
        *(Task("story", key) for key in of.stories),
        *(Task("comparison", key) for key in of.comparisons),
        *(Task("family", family) for family in of.families),
        *(Task("cell", entry.name) for entry in of.entries),
        Task("index", ""),
    )


def files(of: Plan, task: Task) -> Files:
    """The files of one part: path from the gallery's folder -> content. Raises CellgraphError."""
    return MAKERS[task.kind](of, task.subject)


__all__ = ["Entry", "Files", "Plan", "Task", "files", "plan", "tasks"]
