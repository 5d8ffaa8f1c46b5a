"""What is lifted stands on sheets, nothing else does, and every wire that divides or is joined says so."""

from __future__ import annotations

from functools import cache

import pytest
from drawn import Rect, overlap, pieces, read
from lifted import LIFTED, lifted
from test_pictures import (
    arrow_heads_stand_free,
    boxes_and_labels_do_not_overlap,
    everything_is_inside,
    states_go_straight_on,
    wires_cross_no_box_that_is_not_theirs_and_no_label,
    wires_of_different_quantities_do_not_run_over_each_other,
    wires_run_between_their_boxes,
)
from zoo import DEEP, EVERY, cell_of

import cellgraph as cg
from cellgraph.views.pictures import DETAILS, FORMATS, equation_layout, operation_layout
from cellgraph.views.pictures.diagram import Diagram
from cellgraph.views.pictures.plan import Plan, captions
from cellgraph.views.pictures.sheets import TERMINALS, Foot, meeting

SHIPPED = [name for name in EVERY if cell_of(name).each]
BOTH = [(name, detail) for name in LIFTED for detail in DETAILS]
DRAWN = [*BOTH, *((name, DETAILS[place % 2]) for place, name in enumerate(SHIPPED) if DEEP or place % 3 == 0)]
"""Small cells in both levels; for those that ship they take turns, and a third of them is drawn where one waits."""


@cache
def drawn(name: str, detail: str) -> tuple[Diagram, Plan]:
    diagram = cg.draw(lifted(name), detail=detail).diagram
    return diagram, planned(diagram)


def planned(diagram: Diagram) -> Plan:
    if diagram.detail == "operations" and diagram.rankdir == "LR":
        return operation_layout.plan(diagram)
    return equation_layout.plan(diagram, "embedded")


@pytest.mark.parametrize(("name", "detail"), DRAWN)
def test_sheets_and_feet_stand_where_something_is_lifted(name: str, detail: str) -> None:
    """One test for both, because drawing costs more than checking."""
    sheets_hold_what_is_lifted_and_nothing_else(*drawn(name, detail))
    every_wire_to_or_from_all_members_has_a_foot_and_no_other(*drawn(name, detail))


def sheets_hold_what_is_lifted_and_nothing_else(diagram: Diagram, plan: Plan) -> None:
    assert plan.sheets or not any(node.axes for node in diagram.nodes if node.kind not in TERMINALS)
    on_sheets = {member for sheet in plan.sheets for member in sheet.members}
    for node in diagram.nodes:
        assert bool(node.axes) == (node.id in on_sheets or node.id in plan.stacks), f"{node.id} is on no sheet"
        assert node.id not in plan.stacks or node.kind in TERMINALS
    for sheet in plan.sheets:
        for id_, placed in plan.placed.items():
            if id_ in sheet.members:
                assert diagram.node[id_].axes == sheet.axes
                assert within(placed.rect, sheet.rect)
            else:
                assert not overlap(placed.rect, sheet.stack), f"{id_} stands on a sheet that is not its own"
        for other in plan.sheets:
            assert other is sheet or not overlap(sheet.stack, other.stack)
    for caption in captions(plan.sheets):
        solid = [placed.rect for placed in plan.placed.values()] + [label.rect for label in plan.labels]
        assert not [rect for rect in solid + pieces_of(plan) if overlap(rect, caption)], "a caption is covered"


def every_wire_to_or_from_all_members_has_a_foot_and_no_other(diagram: Diagram, plan: Plan) -> None:
    across = [number for number, edge in enumerate(diagram.edges) if meeting(diagram, edge)]
    member_by_member = [number for number in range(len(diagram.edges)) if number not in across]
    for number in across:
        assert any(touches(foot, plan.wires[number]) for foot in plan.feet), f"{diagram.edges[number]} has no foot"
    for foot in plan.feet:
        assert any(touches(foot, plan.wires[number]) for number in across)
        assert not [k for k in member_by_member if touches(foot, plan.wires[k])]


@pytest.mark.parametrize(("name", "detail"), BOTH)
def test_pictures_with_sheets_are_in_order(name: str, detail: str) -> None:
    picture = cg.draw(lifted(name), detail=detail)
    found = read(picture.svg)
    wires_run_between_their_boxes(found, picture.diagram)
    boxes_and_labels_do_not_overlap(found)
    wires_cross_no_box_that_is_not_theirs_and_no_label(found)
    wires_of_different_quantities_do_not_run_over_each_other(found)
    arrow_heads_stand_free(found)
    everything_is_inside(found)
    states_go_straight_on(found, picture.diagram)


@pytest.mark.parametrize("name", LIFTED)
def test_time_may_run_down_past_sheets(name: str) -> None:
    for detail in DETAILS:
        diagram = cg.draw(lifted(name), detail=detail, rankdir="TB").diagram
        plan = planned(diagram)
        members = {member for sheet in plan.sheets for member in sheet.members}
        assert members == {node.id for node in diagram.nodes if node.axes and node.kind not in TERMINALS}


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_says_what_is_lifted(format_: str) -> None:
    for lang, caption in (("en", "× j heads"), ("zh", "× j 个头")):
        written = cg.draw(lifted("delta"), lang=lang, legend=True).written(format_)
        if isinstance(written, bytes):
            assert written != cg.draw(lifted("shared"), lang=lang, legend=True).written(format_)
        else:
            assert caption in written.replace(r"$\times$", "×").replace("#215;", "×")


def test_lifted_steps_side_by_side_and_overlays_are_in_order() -> None:
    cell = lifted("delta")
    for picture in (
        cg.draw(cell, unroll=3),
        cg.draw(cell, gradient=("S", "S[t-1]"), legend=True),
        cg.draw(cell, against=cell_of("deltanet")),
    ):
        found = read(picture.svg)
        boxes_and_labels_do_not_overlap(found)
        everything_is_inside(found)
        assert picture.svg.count("× j heads") == sum(bool(diagram.each) for diagram in picture.diagrams)


def within(rect: Rect, other: Rect) -> bool:
    return other[0] <= rect[0] and other[1] <= rect[1] and rect[2] <= other[2] and rect[3] <= other[3]


def pieces_of(plan: Plan) -> list[Rect]:
    return [piece for way in plan.wires.values() for piece in pieces(way)]


def touches(foot: Foot, way: list[tuple[float, float]]) -> bool:
    """Whether the middle prong of a foot lies on a wire."""
    x, y = (foot.x - 2 * foot.towards[0], foot.y - 2 * foot.towards[1])
    return any(a - 0.1 <= x <= c + 0.1 and b - 0.1 <= y <= d + 0.1 for a, b, c, d in pieces(way))
