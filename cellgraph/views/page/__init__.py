"""The interactive page: one HTML file that needs no network, made of a skeleton, styles, a script and derived data."""

from cellgraph.views.page.diagrams import shared
from cellgraph.views.page.document import Shown, page

__all__ = ["Shown", "page", "shared"]
