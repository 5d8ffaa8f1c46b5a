"""A* over the board: the cheapest way for a wire from its source, or from what is laid of it already, to a user."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cellgraph.views.pictures.board import SIDES, STEPS, Board, Port, Spot, Wire, piece

State = tuple[int, int, int]
"""A grid point and the direction in which the wire arrives there; 4 when it has arrived at the user's port."""

BEND, FORK, ARRIVED = 80.0, 10.0, 4
LARGE = 10_000
LEAVE = 0.0005
"""Horizontal wires run rather at the height where they begin, so that several users hang on one straight trunk."""


@dataclass
class _Front:
    """What the search knows so far."""

    goals: Mapping[Spot, Port]
    board: Board
    heap: list[tuple[float, float, State]] = field(default_factory=list)
    best: dict[State, float] = field(default_factory=dict)
    came: dict[State, State | None] = field(default_factory=dict)
    hopes: dict[State, float] = field(default_factory=dict)

    @cached_property
    def zeal(self) -> float:
        """How straight the search goes for the goal: on large boards good ways soon rather than the best ones late."""
        return 1.0 if len(self.board.xs) * len(self.board.ys) < LARGE else 1.6

    @cached_property
    def ends(self) -> list[tuple[float, float, float, int]]:
        """Where the goals are, what their ports cost, and whether one comes in horizontally (0) or vertically (1)."""
        return [
            (self.board.xs[i], self.board.ys[j], port.price, SIDES[port.side] % 2)
            for (i, j), port in self.goals.items()
        ]

    def offer(self, state: State, cost: float, previous: State | None) -> None:
        if cost < self.best.get(state, float("inf")):
            self.best[state] = cost
            self.came[state] = previous
            heapq.heappush(self.heap, (cost + self.zeal * self._hope(state), cost, state))

    def _hope(self, state: State) -> float:
        """No way to a goal is cheaper than its length, its port's price and the corners that it must have."""
        if state[2] == ARRIVED:
            return 0.0
        here = self.hopes.get(state)
        if here is None:
            x, y = self.board.xs[state[0]], self.board.ys[state[1]]
            upright = state[2] % 2
            here = self.hopes[state] = min(
                abs(x - gx)
                + abs(y - gy)
                + price
                + BEND * max((x != gx) and (y != gy), (x != gx) if upright else (y != gy), upright != inward)
                for gx, gy, price, inward in self.ends
            )
        return here


def wire(
    board: Board, number: int, source: tuple[Port, ...], tree: Mapping[Spot, Wire], sink: tuple[Port, ...]
) -> Wire | None:
    """The cheapest wire of net `number` to one of the ports of `sink`; it begins with the trunk that it forks off.

    `tree` maps the points that the net has already to the wire up to there; None where there is no way at all.
    """
    goals = {board.spot(port): port for port in sorted(sink, key=lambda p: -p.price)}
    front = _Front(goals, board)
    begins: dict[State, Port] = {}
    for port in () if tree else source:
        state = (*board.spot(port), SIDES[port.side])
        begins[state] = port
        front.offer(state, port.price + board.rent(port, number), None)
    for spot, trunk in tree.items():
        for ahead, (dx, dy) in enumerate(STEPS):
            if trunk.spots[-2:-1] != ((spot[0] + dx, spot[1] + dy),):
                front.offer((*spot, ahead), FORK, None)
    home = source[0].y
    while front.heap:
        _, cost, state = heapq.heappop(front.heap)
        if cost > front.best[state]:
            continue
        if state[2] == ARRIVED:
            return _traced(front, state, begins, tree)
        _arrive(front, number, state, cost)
        _walk(front, number, state, cost, home)
    return None


def _arrive(front: _Front, number: int, state: State, cost: float) -> None:
    """Turn into the port outside which the wire has come, if there is one."""
    i, j, before = state
    port = front.goals.get((i, j))
    if port is None:
        return
    inward = (SIDES[port.side] + 2) % 4
    if before != SIDES[port.side]:
        turn = 0.0 if before == inward else BEND
        fees = port.price + front.board.rent(port, number) + front.board.meeting(number, (i, j), before, inward)
        front.offer((i, j, ARRIVED), cost + turn + fees, state)


def _walk(front: _Front, number: int, state: State, cost: float, home: float) -> None:
    """One step straight on, to the left or to the right."""
    board = front.board
    i, j, before = state
    for ahead in (before, (before + 1) % 4, (before + 3) % 4):
        k, m = i + STEPS[ahead][0], j + STEPS[ahead][1]
        if not (0 <= k < len(board.xs) and 0 <= m < len(board.ys)):
            continue
        place = piece((i, j), (k, m))
        if place in board.walls:
            continue
        length = abs(board.xs[i] - board.xs[k]) + abs(board.ys[j] - board.ys[m])
        if ahead % 2 == 0:
            length *= 1 + LEAVE * abs(board.ys[j] - home)
        turn = 0.0 if ahead == before else BEND
        fees = board.meeting(number, (i, j), before, ahead) + board.crowding(number, place)
        front.offer((k, m, ahead), cost + length + turn + fees, state)


def _traced(front: _Front, state: State, begins: Mapping[State, Port], tree: Mapping[Spot, Wire]) -> Wire:
    """The wire that ends in this state, its trunk in front."""
    end = front.goals[state[:2]]
    spots: list[Spot] = []
    here: State | None = state
    while here is not None:
        state = here
        if not spots or spots[-1] != here[:2]:
            spots.append(here[:2])
        here = front.came[here]
    spots.reverse()
    if not tree:
        return Wire(tuple(spots), begins[state], end)
    trunk = tree[spots[0]]
    return Wire((*trunk.spots[:-1], *spots), trunk.begin, end)
