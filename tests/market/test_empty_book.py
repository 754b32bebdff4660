"""A last price in whose market nobody bids or asks is not traded at."""

import pytest

from market.connection.empty_book import is_empty


@pytest.mark.parametrize(
    "info",
    [
        {"bidPrice": "0.00000000", "bidQty": "0.0", "askPrice": "0.00000000", "lastPrice": "2"},
        {"bidPx": "0", "bidSz": "1", "askPx": "0", "last": "2"},
        {"a": ["0.00000", "0", "0.000"], "b": ["0.00000", "0", "0.000"], "c": ["2.0", "1"]},
        {"bidPrice": 0, "askPrice": 0.0},
    ],
)
def test_zeros_on_both_sides_are_an_empty_book(info: dict[str, object]) -> None:
    assert is_empty({"bid": None, "ask": None, "last": 2.0, "info": info})


@pytest.mark.parametrize(
    "ticker",
    [
        {"bid": 1.0, "ask": None, "info": {"bidPrice": "1.0", "askPrice": "0.0"}},
        {"bid": None, "ask": None, "info": {"last": "2", "volume": "0"}},
        {"bid": None, "ask": None, "info": {"bidPrice": "", "askPrice": None}},
        {"bid": None, "ask": None, "info": None},
        {"bid": None, "ask": None, "info": {"bidPrice": "2.5", "askPrice": "0"}},
        {"last": 2.0},
        {"info": {"a": [], "b": []}},
    ],
)
def test_an_exchange_that_states_no_book_is_taken_at_its_last_price(
    ticker: dict[str, object],
) -> None:
    assert not is_empty(ticker)
