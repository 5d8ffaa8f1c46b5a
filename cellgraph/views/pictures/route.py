"""Wires: right-angled ways between ports that go round every box, share a trunk where they carry the same quantity,
and never run over each other.

Ways are found on a sparse grid (see `grid`): one grid line through every port and along every box. Costs are lengths
in points, with a price for corners and crossings; running along another quantity's wire has a price that no detour
reaches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from cellgraph.views.pictures.astar import cheapest_route
from cellgraph.views.pictures.diagram import STRAIGHT, Diagram
from cellgraph.views.pictures.grid import CLEARANCE, Grid, Net, Port, Rect, Route, reach
from cellgraph.views.pictures.paths import Point
from cellgraph.views.pictures.plan import Label, PlacedNode, leaving

HAIR = 3.0
"""How far wires keep from labels."""


def wires(
    diagram: Diagram,
    placed: Mapping[str, PlacedNode],
    outlets: Callable[[PlacedNode], tuple[Port, ...]],
    inlets: Callable[[int], tuple[Port, ...]],
    labels: Iterable[Label] = (),
) -> dict[int, list[Point]]:
    """The way of every edge by its number, with the ports where a node's wires begin and where an edge's wire ends."""
    edges = leaving(diagram)
    straight = {k for k, edge in enumerate(diagram.edges) if edge.kind in STRAIGHT}
    nets = [
        Net(outlets(placed[tail]), tuple(map(inlets, ks)), next((n for n, k in enumerate(ks) if k in straight), None))
        for tail, ks in edges.items()
    ]
    found = routes([p.rect for p in placed.values()], nets, [label.rect for label in labels])
    ways = zip((k for ks in edges.values() for k in ks), (way for ways in found for way in ways), strict=True)
    return dict(sorted(ways))


def routes(obstacles: Sequence[Rect], nets: Sequence[Net], tight: Sequence[Rect] = ()) -> list[list[list[Point]]]:
    """For every net and every sink of it, the way from the source's rim to the sink's rim; [] where there is none.

    Wires keep clear of `obstacles`, and go round `tight` ones (labels) at a hair's breadth.
    """
    grid = Grid([*(_grown(rect, CLEARANCE) for rect in obstacles), *(_grown(rect, HAIR) for rect in tight)], nets)
    order = sorted(range(len(nets)), key=lambda k: (nets[k].first is None, _extent(nets[k]), k))
    for number in order:
        _route(grid, number, nets[number])
    # What met another wire is routed again, now that it can see where all others are.
    for number in order:
        if not grid.is_clear(number):
            grid.unroute(number)
            _route(grid, number, nets[number])
    return [[_corners(grid.points(number, sink)) for sink in range(len(net.sinks))] for number, net in enumerate(nets)]


def _route(grid: Grid, number: int, net: Net) -> None:
    """Route one net to all its users; later routes fork off earlier ones."""
    tree: dict[int, Route] = {}

    def turn(sink: int) -> tuple[bool, bool, float, int]:
        ports = net.sinks[sink]
        return (sink != net.first, not _aligned(net.source, ports), -reach(net.source, ports), sink)

    order = sorted(range(len(net.sinks)), key=turn)
    for sink in order:
        found = cheapest_route(grid, number, net.source, tree, net.sinks[sink])
        if found is not None:
            grid.put(number, sink, found)
            for k, spot in enumerate(found.spots):
                tree.setdefault(spot, Route(found.spots[: k + 1], found.begin, found.end))


def _aligned(source: tuple[Port, ...], sink: tuple[Port, ...]) -> bool:
    """Whether two ports face each other on one line."""
    return any(
        {a.side, b.side} == sides and abs((a.x, a.y)[axis] - (b.x, b.y)[axis]) < 0.5
        for sides, axis in (({"N", "S"}, 0), ({"E", "W"}, 1))
        for a in source
        for b in sink
    )


def _corners(points: list[Point]) -> list[Point]:
    """The points without those that lie on a straight way between their neighbours."""
    kept: list[Point] = []
    for point in points:
        while len(kept) > 1 and _straight(kept[-2], kept[-1], point):
            kept.pop()
        if not kept or kept[-1] != point:
            kept.append(point)
    return kept


def _straight(a: Point, b: Point, c: Point) -> bool:
    return any(abs(a[k] - b[k]) < 0.01 and abs(b[k] - c[k]) < 0.01 for k in (0, 1))


def _grown(rect: Rect, by: float) -> Rect:
    return (rect[0] - by, rect[1] - by, rect[2] + by, rect[3] + by)


def _extent(net: Net) -> float:
    return max((reach(net.source, sink) for sink in net.sinks), default=0.0)
