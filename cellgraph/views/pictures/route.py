"""Wires: right-angled ways between ports that go round every box, share a trunk where they carry the same quantity,
and never run over each other.

Ways are found on a sparse grid (see `grid`) by A*: the cheapest route for a wire from its source, or from what is
routed already, to a user. Costs are lengths in points, with a price for corners and crossings; running along another
quantity's wire has a price that no detour reaches.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from cellgraph.deadline import DOING
from cellgraph.views.pictures.grid import (
    CLEARANCE,
    HEAD_CROSSING,
    OVERLAP,
    OVERLAP_FAST,
    SIDES,
    Grid,
    Net,
    Port,
    Rect,
    Route,
    reach,
)
from cellgraph.views.pictures.paths import Point

HAIR = 3.0
"""How far wires keep from labels."""
BEND = 80.0
"""The cost of a corner."""
FORK = 10.0
"""The cost of forking off a route of the same net."""
AGAIN = 60.0
"""The cost of leaving the source a second time, at another side, instead of forking off."""
LARGE = 10_000
"""On a grid with more points than that the search is weighted, so that it ends sooner."""
WEIGHT, WEIGHT_FAST = 1.6, 3.0
"""How much estimates are exaggerated on a large grid, and after a restart."""
FEW, MANY = 2_000, 50_000
"""A search that has found nothing in MANY steps restarts with a weighted heuristic, which finds a route faster but not
the cheapest one, and may run along other wires. Once the budget of the picture is spent, it restarts after FEW."""
SLOPE = 0.0005
"""What a horizontal piece costs more for each point of length and of distance from the height where wires run best."""
ARRIVED = 4
"""The direction of a wire that has come to its user's port."""
TURNS = tuple((heading, (heading + 1) % 4, (heading + 3) % 4) for heading in range(4))
"""Straight on, to the right, to the left."""
SIDEWAYS = tuple(turns[1:] for turns in TURNS)
FAR = float("inf")

Goal = tuple[float, float, float, float, float, int]
"""Ports of a user at one side: from and to which x and y they lie, what the cheapest costs, and whether wires come in
horizontally (0) or vertically (1)."""


def routes(
    obstacles: Sequence[Rect], nets: Sequence[Net], tight: Sequence[Rect] = (), fences: Sequence[Rect] = ()
) -> list[list[list[Point]]]:
    """For every net and every sink of it, the way from the source's rim to the sink's rim; [] where there is none.

    Wires keep clear of `obstacles`, go round `tight` ones (labels) at a hair's breadth, and cross the outlines of
    `fences` at right angles.
    """
    DOING.set(f"routing {sum(len(net.sinks) for net in nets)} wires")
    walls = [*(_grown(rect, CLEARANCE) for rect in obstacles), *(_grown(rect, HAIR) for rect in tight)]
    grid = Grid(walls, nets, fences)
    reaches = [max((reach(net.source, sink) for sink in net.sinks), default=0.0) for net in nets]
    order = sorted(range(len(nets)), key=lambda k: (nets[k].first is None, reaches[k], k))
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
        found = _cheapest_route(grid, number, net.source, tree, net.sinks[sink])
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
        while len(kept) > 1 and any(
            abs(kept[-2][k] - kept[-1][k]) < 0.01 and abs(kept[-1][k] - point[k]) < 0.01 for k in (0, 1)
        ):
            kept.pop()
        if not kept or kept[-1] != point:
            kept.append(point)
    return kept


def _grown(rect: Rect, by: float) -> Rect:
    return (rect[0] - by, rect[1] - by, rect[2] + by, rect[3] + by)


@dataclass
class _Search:
    """What the search knows so far.

    A state is a grid point and the direction of the wire there, as one number: five times the point, plus the
    direction, which is ARRIVED when the wire has come to the user's port.
    """

    grid: Grid
    goals: Mapping[int, Port]
    ends: Sequence[Goal]
    weight: float
    heap: list[tuple[float, float, int]] = field(default_factory=list)
    best: dict[int, float] = field(default_factory=dict)
    came: dict[int, int] = field(default_factory=dict)
    estimates: dict[int, float] = field(default_factory=dict)

    def offer(self, state: int, cost: float, previous: int) -> None:
        """A way to a state, if it is the best so far."""
        if cost < self.best.get(state, FAR):
            self.best[state] = cost
            self.came[state] = previous
            estimate = self.estimates.get(state)
            if estimate is None:
                estimate = self.estimates[state] = self.weight * self._estimate(state)
            heappush(self.heap, (cost + estimate, cost, state))

    def _estimate(self, state: int) -> float:
        """No way to a goal is cheaper than its length, its port's price and the corners that it must have."""
        spot, heading = divmod(state, 5)
        if heading == ARRIVED:
            return 0.0
        x, y, upright = self.grid.x[spot], self.grid.y[spot], heading % 2
        least = FAR
        for left, right, top, bottom, price, inward in self.ends:
            aside = left - x if x < left else x - right if x > right else 0.0
            off = top - y if y < top else y - bottom if y > bottom else 0.0
            if (aside and off) or (aside if upright else off) or upright != inward:
                price += BEND
            if aside + off + price < least:
                least = aside + off + price
        return least


def _cheapest_route(
    grid: Grid, net: int, source: tuple[Port, ...], tree: Mapping[int, Route], sink: tuple[Port, ...]
) -> Route | None:
    """The cheapest route of a net to one of the ports of `sink`; it begins with the trunk that it forks off.

    `tree` maps the points that the net has already to the route up to there; None where there is no way at all.
    """
    # A horizontal wire runs best at the height of its source, or of the terminal where it ends.
    height = (sink if len(sink) == 1 and sink[0].side in "EW" else source)[0].y
    goals = {grid.spot(port): port for port in sorted(sink, key=lambda p: -p.price)}
    # A weighted search runs through what has a fence, because the way round it is longer at first.
    weight = 1.0 if grid.fenced or len(grid.x) < LARGE else WEIGHT
    first = (OVERLAP, weight, min(max(grid.budget, FEW), MANY))
    for overlap, weight, most in (first, (OVERLAP_FAST, WEIGHT_FAST, sys.maxsize)):
        grid.overlap = overlap
        search = _Search(grid, goals, _by_side(grid, goals), weight)
        begins = _offer_starts(search, net, source, tree)
        found, steps = _cheapest(search, net, height, most)
        grid.budget -= steps
        if steps < most:
            break
    return None if found is None else _traced(search, found, begins, tree)


def _offer_starts(search: _Search, net: int, source: tuple[Port, ...], tree: Mapping[int, Route]) -> dict[int, Port]:
    """Offer every state in which a wire may begin; those that begin at a port, with the port."""
    grid = search.grid
    begins: dict[int, Port] = {}
    used = {(route.begin.x, route.begin.y) for route in tree.values()}
    for port in source:
        if (port.x, port.y) not in used:
            state = grid.spot(port) * 5 + SIDES[port.side]
            begins[state] = port
            search.offer(state, port.price + grid.port_cost(port, net) + (AGAIN if tree else 0.0), -1)
    for spot, trunk in tree.items():
        for ahead in range(4):
            if trunk.spots[-2:-1] != (grid.ahead[ahead][spot],):
                search.offer(spot * 5 + ahead, FORK, -1)
    return begins


def _by_side(grid: Grid, goals: Mapping[int, Port]) -> list[Goal]:
    """The goals, those at one side of a box together."""
    sides: dict[tuple[int, float], list[int]] = {}
    for spot, port in goals.items():
        upright = SIDES[port.side] % 2
        sides.setdefault((SIDES[port.side], grid.y[spot] if upright else grid.x[spot]), []).append(spot)
    found = []
    for (side, _), spots in sides.items():
        xs, ys = [grid.x[spot] for spot in spots], [grid.y[spot] for spot in spots]
        price = min(goals[spot].price for spot in spots)
        found.append((min(xs), max(xs), min(ys), max(ys), price, side % 2))
    return found


def _cheapest(search: _Search, net: int, height: float, most: int) -> tuple[int | None, int]:
    """The state in which the cheapest way arrives, if there is one, and the steps that it took to find it.

    A way to a point that costs a corner more than one at right angles to it is left out: that one can turn there.
    """
    grid, heap, best, goals, offer = search.grid, search.heap, search.best, search.goals, search.offer
    nexts, xs, ys, passing, crowd = grid.ahead, grid.x, grid.y, grid.passing, grid.crowd
    overlap = grid.overlap
    for step in range(most):
        if not heap:
            return None, step
        _, cost, state = heappop(heap)
        if cost > best[state]:
            continue
        spot, before = divmod(state, 5)
        if before == ARRIVED:
            return state, step
        if spot in goals:
            _arrive(search, net, state, cost)
        taken = passing.get(spot)
        for ahead in TURNS[before]:
            there = nexts[ahead][spot]
            if there < 0:
                continue
            if ahead % 2:
                total = cost + abs(ys[there] - ys[spot])
                place = 2 * (spot if ahead == 1 else there) + 1
            else:
                total = cost + abs(xs[there] - xs[spot]) * (1 + SLOPE * abs(ys[spot] - height))
                place = 2 * (there if ahead else spot)
            if ahead != before:
                total += BEND
            if taken:
                total += grid.meeting_cost(net, spot, before, ahead)
            owners = crowd.get(place)
            if owners and (len(owners) > 1 or net not in owners):
                total += overlap
            left, right = SIDEWAYS[ahead]
            aside = min(best.get(there * 5 + left, FAR), best.get(there * 5 + right, FAR))
            if total < aside + BEND or passing.get(there):
                offer(there * 5 + ahead, total, state)
    return None, most


def _arrive(search: _Search, net: int, state: int, cost: float) -> None:
    """Turn into the port outside which the wire has come."""
    spot, before = divmod(state, 5)
    port = search.goals[spot]
    inward = (SIDES[port.side] + 2) % 4
    if before != SIDES[port.side]:
        turn = 0.0 if before == inward else BEND
        crossed = search.grid.meeting_cost(net, spot, before, inward)
        fees = port.price + search.grid.port_cost(port, net) + crossed + (HEAD_CROSSING if crossed else 0.0)
        search.offer(spot * 5 + ARRIVED, cost + turn + fees, state)


def _traced(search: _Search, state: int, begins: Mapping[int, Port], tree: Mapping[int, Route]) -> Route:
    """The route that ends in this state, its trunk in front."""
    end = search.goals[state // 5]
    spots: list[int] = []
    while state >= 0:
        first = state
        if not spots or spots[-1] != state // 5:
            spots.append(state // 5)
        state = search.came[state]
    spots.reverse()
    if first in begins and spots[0] not in tree:
        return Route(tuple(spots), begins[first], end)
    trunk = tree[spots[0]]
    return Route((*trunk.spots[:-1], *spots), trunk.begin, end)
