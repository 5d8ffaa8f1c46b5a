"""A* over the board: the cheapest way for a wire from its source, or from what is laid of it already, to a user."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from cellgraph.views.pictures.board import CLASH, ROUGH, SIDES, TIP, Board, Port, Wire

BEND, FORK, ARRIVED = 80.0, 10.0, 4
AGAIN = 60.0
"""The price of leaving the source a second time, at another side, instead of forking off."""
LARGE, HASTE = 10_000, 3.0
FEW, MANY = 2_000, 50_000
"""A search that finds nothing in so many steps, few of them once a picture has cost much, begins anew in haste: soon
rather than well, and over other wires where it must."""
LEAVE = 0.0005
"""Horizontal wires run rather at the height where they begin, so that several users hang on one straight trunk; those
to a terminal at its height, so that they do not jog at the end."""
WAYS = tuple((heading, (heading + 1) % 4, (heading + 3) % 4) for heading in range(4))
"""Straight on, to the right, to the left."""
SIDEWAYS = tuple(ways[1:] for ways in WAYS)
FAR = float("inf")

Goal = tuple[float, float, float, float, float, int]
"""Ports of a user at one side: from and to which x and y they lie, what the cheapest costs, and whether wires come in
horizontally (0) or vertically (1)."""


@dataclass
class _Front:
    """What the search knows so far. A state is a grid point and the direction of the wire there, in one number; the
    direction is ARRIVED when the wire has come to the user's port."""

    board: Board
    goals: Mapping[int, Port]
    ends: Sequence[Goal]
    zeal: float
    heap: list[tuple[float, float, int]] = field(default_factory=list)
    best: dict[int, float] = field(default_factory=dict)
    came: dict[int, int] = field(default_factory=dict)
    hopes: dict[int, float] = field(default_factory=dict)

    def offer(self, state: int, cost: float, previous: int) -> None:
        """A way to a state, if it is the best so far."""
        if cost < self.best.get(state, FAR):
            self.best[state] = cost
            self.came[state] = previous
            hope = self.hopes.get(state)
            if hope is None:
                hope = self.hopes[state] = self.zeal * self._hope(state)
            heappush(self.heap, (cost + hope, cost, state))

    def _hope(self, state: int) -> float:
        """No way to a goal is cheaper than its length, its port's price and the corners that it must have."""
        spot, heading = divmod(state, 5)
        if heading == ARRIVED:
            return 0.0
        x, y, upright = self.board.x[spot], self.board.y[spot], heading % 2
        least = FAR
        for left, right, top, bottom, price, inward in self.ends:
            aside = left - x if x < left else x - right if x > right else 0.0
            off = top - y if y < top else y - bottom if y > bottom else 0.0
            if (aside and off) or (aside if upright else off) or upright != inward:
                price += BEND
            if aside + off + price < least:
                least = aside + off + price
        return least


def wire(
    board: Board, number: int, source: tuple[Port, ...], tree: Mapping[int, Wire], sink: tuple[Port, ...]
) -> Wire | None:
    """The cheapest wire of net `number` to one of the ports of `sink`; it begins with the trunk that it forks off.

    `tree` maps the points that the net has already to the wire up to there; None where there is no way at all.
    """
    goals = {board.spot(port): port for port in sorted(sink, key=lambda p: -p.price)}
    ends = _ends(board, goals)
    # On large boards the search goes for good ways soon rather than for the best ones late.
    careful = 1.0 if len(board.x) < LARGE else 1.6
    limit = min(max(board.patience, FEW), MANY)
    for clash, zeal, most in ((CLASH, careful, limit), (ROUGH, HASTE, sys.maxsize)):
        board.clash = clash
        front = _Front(board, goals, ends, zeal)
        begins = _begun(front, number, source, tree)
        found, steps = _searched(front, number, _level(source, sink), most)
        board.patience -= steps
        if steps < most:
            break
    return None if found is None else _traced(front, found, begins, tree)


def _level(source: tuple[Port, ...], sink: tuple[Port, ...]) -> float:
    """The height at which a horizontal wire runs best: that of its source, or of the terminal where it ends."""
    terminal = len(sink) == 1 and sink[0].side in "EW"
    return (sink if terminal else source)[0].y


def _begun(front: _Front, number: int, source: tuple[Port, ...], tree: Mapping[int, Wire]) -> dict[int, Port]:
    """Offer every state in which a wire may begin; those that begin at a port, with the port."""
    board = front.board
    begins: dict[int, Port] = {}
    used = {(laid.begin.x, laid.begin.y) for laid in tree.values()}
    for port in source:
        if (port.x, port.y) not in used:
            state = board.spot(port) * 5 + SIDES[port.side]
            begins[state] = port
            front.offer(state, port.price + board.rent(port, number) + (AGAIN if tree else 0.0), -1)
    for spot, trunk in tree.items():
        for ahead in range(4):
            if trunk.spots[-2:-1] != (board.ahead[ahead][spot],):
                front.offer(spot * 5 + ahead, FORK, -1)
    return begins


def _ends(board: Board, goals: Mapping[int, Port]) -> list[Goal]:
    """The goals, those at one side of a box together."""
    sides: dict[tuple[int, float], list[int]] = {}
    for spot, port in goals.items():
        upright = SIDES[port.side] % 2
        sides.setdefault((SIDES[port.side], board.y[spot] if upright else board.x[spot]), []).append(spot)
    found = []
    for (side, _), spots in sides.items():
        xs, ys = [board.x[spot] for spot in spots], [board.y[spot] for spot in spots]
        price = min(goals[spot].price for spot in spots)
        found.append((min(xs), max(xs), min(ys), max(ys), price, side % 2))
    return found


def _searched(front: _Front, number: int, home: float, most: int) -> tuple[int | None, int]:
    """The state in which the cheapest way arrives, if there is one, and the steps that it took to find it.

    A way to a point that costs a corner more than one at right angles to it is no use: that one can turn there.
    """
    board, heap, best, goals, offer = front.board, front.heap, front.best, front.goals, front.offer
    nexts, xs, ys, turns, crowd = board.ahead, board.x, board.y, board.turns, board.crowd
    clash = board.clash
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
            _arrive(front, number, state, cost)
        taken = turns.get(spot)
        for ahead in WAYS[before]:
            there = nexts[ahead][spot]
            if there < 0:
                continue
            if ahead % 2:
                total = cost + abs(ys[there] - ys[spot])
                place = 2 * (spot if ahead == 1 else there) + 1
            else:
                total = cost + abs(xs[there] - xs[spot]) * (1 + LEAVE * abs(ys[spot] - home))
                place = 2 * (there if ahead else spot)
            if ahead != before:
                total += BEND
            if taken:
                total += board.meeting(number, spot, before, ahead)
            owners = crowd.get(place)
            if owners and (len(owners) > 1 or number not in owners):
                total += clash
            left, right = SIDEWAYS[ahead]
            aside = min(best.get(there * 5 + left, FAR), best.get(there * 5 + right, FAR))
            if total < aside + BEND or turns.get(there):
                offer(there * 5 + ahead, total, state)
    return None, most


def _arrive(front: _Front, number: int, state: int, cost: float) -> None:
    """Turn into the port outside which the wire has come."""
    spot, before = divmod(state, 5)
    port = front.goals[spot]
    inward = (SIDES[port.side] + 2) % 4
    if before != SIDES[port.side]:
        turn = 0.0 if before == inward else BEND
        crossed = front.board.meeting(number, spot, before, inward)
        fees = port.price + front.board.rent(port, number) + crossed + (TIP if crossed else 0.0)
        front.offer(spot * 5 + ARRIVED, cost + turn + fees, state)


def _traced(front: _Front, state: int, begins: Mapping[int, Port], tree: Mapping[int, Wire]) -> Wire:
    """The wire that ends in this state, its trunk in front."""
    end = front.goals[state // 5]
    spots: list[int] = []
    while state >= 0:
        first = state
        if not spots or spots[-1] != state // 5:
            spots.append(state // 5)
        state = front.came[state]
    spots.reverse()
    if first in begins and spots[0] not in tree:
        return Wire(tuple(spots), begins[first], end)
    trunk = tree[spots[0]]
    return Wire((*trunk.spots[:-1], *spots), trunk.begin, end)
