"""The interactive page: one HTML file that needs no network, made of a skeleton, styles, a script and derived data."""

from cellgraph.views.page.diagrams import shared
from cellgraph.views.page.document import PageCell, page

__all__ = ["PageCell", "page", "shared"]
