"""What an exchange calls candles."""

import numpy as np
import pytest

from desk.errors import MarketUnavailable
from market.candles.rows import read_rows

GOOD = [60_000, 10.0, 12.0, 9.0, 11.0, 5.0]


def test_rows_become_sorted_and_unique_and_the_later_row_of_a_time_counts() -> None:
    later = [120_000, 11.0, 13.0, 10.0, 12.0, 4.0]
    corrected = [60_000, 10.0, 12.0, 9.0, 11.5, 6.0]
    assert read_rows([later, GOOD, corrected], "x").tolist() == [corrected, later]


def test_a_row_without_trades_is_a_gap() -> None:
    assert read_rows([GOOD, [120_000, 0, 0, 0, 0, 0]], "x").tolist() == [GOOD]


def test_no_rows_are_no_candles() -> None:
    assert read_rows([], "x").shape == (0, 6)


@pytest.mark.parametrize(
    "rows",
    [
        None,
        {},
        "text",
        [[1, 2, 3]],
        [GOOD, [120_000, 10.0]],
        [GOOD, [120_000, None, None, None, None, None]],
        [[60_000, "ten", 12.0, 9.0, 11.0, 5.0]],
        [[60_000, 10.0, 12.0, 9.0, 11.0, None]],
        [[60_000, 10.0, 12.0, None, 11.0, 5.0]],
        [[60_000, 10.0, 12.0, -9.0, 11.0, 5.0]],
        [[60_000, 10.0, 9.0, 12.0, 11.0, 5.0]],
        [[60_000, 10.0, 12.0, 9.0, 11.0, -5.0]],
        [[60_000, 10.0, np.inf, 9.0, 11.0, 5.0]],
        [[0, 10.0, 12.0, 9.0, 11.0, 5.0]],
    ],
)
def test_garbage_makes_the_answer_unavailable(rows: object) -> None:
    with pytest.raises(MarketUnavailable, match="can't be read"):
        read_rows(rows, "x")
