"""The numbers of an interactive page: rounded so that every processor gives the same."""

from __future__ import annotations

import numpy as np
import pytest

from cellgraph.derive.flows.flow_report import rounded


@pytest.mark.parametrize("value", [1e-17, -1e-17, -0.0, -0.00049])
def test_zero_has_no_sign(value: float) -> None:
    assert str(rounded(np.array([value, -0.0016, -np.inf]), 3)) == "[0.0, -0.002, None]"
