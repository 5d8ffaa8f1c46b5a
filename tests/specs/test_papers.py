"""Numbers that papers print, and what their cells give; each says where the number was read.

"Looked up" is a stored copy of the paper's text, or a note that quotes it; "from memory" is not looked up.
"""

import pytest
from zoo import cell_of

import cellgraph as cg


@pytest.mark.parametrize(
    ("name", "hidden", "printed"),
    [("lstm-peephole", 195, "169.1"), ("gru", 227, "168.9"), ("rnn", 400, "168.4")],
)
def test_chung_2014_speech(name: str, hidden: int, printed: str) -> None:
    """Table 1 of arXiv:1412.3555, in thousands, for 20 samples of speech as input; its LSTM has peepholes.

    From memory: no copy of the table was found. The LSTM without peepholes would have 168.5.
    """
    assert f"{cg.params(cell_of(name), m=20, n=hidden).total / 1000:.1f}" == printed
    assert f"{cg.params(cell_of('lstm'), m=20, n=195).total / 1000:.1f}" == "168.5"


@pytest.mark.parametrize(
    ("name", "hidden", "printed", "counted"),
    [("lstm-peephole", 36, "19.8", "19.8"), ("gru", 46, "20.2", "20.3"), ("rnn", 100, "20.1", "20.1")],
)
def test_chung_2014_music(name: str, hidden: int, printed: str, counted: str) -> None:
    """Table 1 of arXiv:1412.3555, in thousands, for polyphonic music; from memory, no copy of the table was found.

    How many notes come in is not known. With 100 the LSTM with peepholes and the RNN are as printed, and the GRU is
    off by one in the last digit; the LSTM without peepholes would have 19.7.
    """
    assert f"{cg.params(cell_of(name), m=100, n=hidden).total / 1000:.1f}" == counted
    assert float(counted) == pytest.approx(float(printed), abs=0.11)
    assert f"{cg.params(cell_of('lstm'), m=100, n=36).total / 1000:.1f}" == "19.7"


@pytest.mark.parametrize(("symbols", "weights"), [(49, "4.3"), (10_000, "54")])
def test_graves_2013_penn_treebank(symbols: int, weights: str) -> None:
    """One layer of 1000 LSTM cells with peepholes over characters (4.3M weights) and over words (around 54M).

    arXiv:1308.0850, section 3.1, looked up. One output for each symbol, and one bias for each output.
    """
    cell = cell_of("lstm-peephole")
    total = cg.params(cell, m=symbols, n=1000).total + symbols * (1000 + 1)
    assert f"{total / 1e6:.{len(weights.partition('.')[2])}f}" == weights


def test_sak_2014() -> None:
    """n_c n_r 4 + n_i n_c 4 + n_r n_c + n_c 3 without biases and outputs: arXiv:1402.1128, section 2, looked up."""
    i, c, r = 40, 2048, 512
    total = cg.params(cell_of("lstm-projection-peephole"), m=i, n=c, p=r).total
    assert total - 4 * c == 4 * c * r + 4 * i * c + c * r + 3 * c


def test_sutskever_2014() -> None:
    """Four layers of 1000 cells as encoder and as decoder: arXiv:1409.3215, section 3.4, looked up.

    "The deep LSTM uses 8000 real numbers to represent a sentence"; "384M parameters of which 64M are pure recurrent
    connections (32M for the encoder LSTM and 32M for the decoder LSTM)". The rest are embeddings of 160,000 and 80,000
    words, and a softmax over 80,000.
    """
    cell, n = cell_of("lstm"), 1000
    biases = 4 * 4 * n
    recurrent = sum(cg.params(cell, m=n, n=n, layers=4).total - biases for _ in ("encoder", "decoder"))
    assert recurrent == 64_000_000
    assert recurrent + n * (160_000 + 80_000 + 80_000) == 384_000_000
    assert 4 * n * len(cell.carries) == 8000


def test_dey_and_salem_2017() -> None:
    """The variants save 2nm, 2(nm + n) and 2(nm + n²) parameters of the GRU's: arXiv:1701.05923, from memory."""
    m, n = 28, 100
    counts = {name: cg.params(cell_of(name), m=m, n=n).total for name in ("gru", "gru-dey-1", "gru-dey-2", "gru-dey-3")}
    saved = [counts["gru"] - counts[f"gru-dey-{k}"] for k in (1, 2, 3)]
    assert saved == [2 * n * m, 2 * (n * m + n), 2 * (n * m + n * n)]
