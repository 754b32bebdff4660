"""The balance of an order book: which side waits with more money."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from trading.order_book import BAND, Level, balance

Book = tuple[list[Level], list[Level]]
# Whole ticks away from a whole middle, so that a mirrored level is exactly as far.
MIDDLE = 100_000
DISTANCES = st.lists(st.integers(1, 3000), min_size=1, max_size=30, unique=True).map(sorted)
WORTHS = st.lists(st.floats(0.01, 1e6), min_size=30, max_size=30)


@st.composite
def books(draw: st.DrawFn) -> Book:
    best = draw(st.integers(1, 50))
    sides = []
    for way in (-1, 1):
        distances = [best, *(best + step for step in draw(DISTANCES))]
        prices = [float(MIDDLE + way * distance) for distance in distances]
        sides.append([(p, w / p) for p, w in zip(prices, draw(WORTHS), strict=False)])
    return sides[0], sides[1]


def mirrored(book: Book) -> Book:
    """Swap the sides: each order as far on the other side, and worth the same."""
    asks, bids = (
        [(2 * MIDDLE - price, price * amount / (2 * MIDDLE - price)) for price, amount in side]
        for side in book
    )
    return bids, asks


@given(books())
@settings(max_examples=times(100, 2000))
def test_imbalance_and_reach_stay_within_their_bounds(book: Book) -> None:
    found = balance(*book)
    assert -1 <= found.imbalance <= 1
    assert found.spread > 0
    assert found.spread / 2 <= found.reach * (1 + 1e-9)
    assert found.reach <= BAND


@given(books(), st.floats(1e-3, 1e3))
@settings(max_examples=times(100, 2000))
def test_the_imbalance_does_not_depend_on_the_size_of_all_orders(book: Book, factor: float) -> None:
    bids, asks = ([(price, amount * factor) for price, amount in side] for side in book)
    assert balance(bids, asks).imbalance == pytest.approx(balance(*book).imbalance, abs=1e-9)


@given(books(), st.sampled_from([2.0**-20, 0.5, 4.0, 2.0**20]))
@settings(max_examples=times(100, 2000))
def test_nothing_depends_on_the_currency_of_the_prices(book: Book, factor: float) -> None:
    bids, asks = ([(price * factor, amount) for price, amount in side] for side in book)
    found, before = balance(bids, asks), balance(*book)
    assert found.imbalance == pytest.approx(before.imbalance, abs=1e-9)
    assert (found.spread, found.reach) == (before.spread, before.reach)


@given(books())
@settings(max_examples=times(100, 2000))
def test_mirrored_sides_give_the_opposite_imbalance(book: Book) -> None:
    there, back = balance(*book), balance(*mirrored(book))
    assert back.imbalance == pytest.approx(-there.imbalance, abs=1e-9)
    assert (back.spread, back.reach) == pytest.approx((there.spread, there.reach))


def test_orders_beyond_one_percent_do_not_count() -> None:
    bids = [(100.0, 1.0), (99.2, 1.0), (98.9, 1000.0)]
    asks = [(100.2, 1.0), (101.2, 500.0)]
    found = balance(bids, asks)
    assert found.reach == BAND
    assert found.imbalance == pytest.approx((199.2 - 100.2) / (199.2 + 100.2))


def test_a_book_that_was_cut_off_is_compared_as_far_as_both_sides_were_shown() -> None:
    """Both sides have three levels, but those of the bids are narrower: the rest is unknown."""
    bids = [(99.9, 1.0), (99.8, 1.0), (99.7, 1.0)]
    asks = [(100.1, 1.0), (100.3, 1.0), (100.9, 50.0)]
    found = balance(bids, asks)
    assert found.reach == pytest.approx(0.003)
    assert found.imbalance == pytest.approx((299.4 - 200.4) / (299.4 + 200.4))


def test_a_thin_side_that_simply_ends_is_compared_over_the_whole_band() -> None:
    bids = [(99.9, 1.0)]
    asks = [(100.1, 1.0), (100.5, 1.0), (100.9, 1.0), (105.0, 1.0)]
    found = balance(bids, asks)
    assert found.reach == BAND
    assert found.imbalance == pytest.approx((99.9 - 301.5) / (99.9 + 301.5))


def test_a_spread_wider_than_the_band_still_compares_the_best_orders() -> None:
    found = balance([(90.0, 3.0), (80.0, 9.0)], [(110.0, 1.0), (120.0, 9.0)])
    assert found.spread == pytest.approx(0.2)
    assert found.imbalance == pytest.approx((270 - 110) / (270 + 110))
