"""States are kept while there is room; the ones not asked for the longest go first."""

from __future__ import annotations

from dataclasses import replace

from desk.remembered import Remembered
from tests.fakes.made_account import made_log
from trading.account import AccountState
from trading.ledger import fold


def state(name: str, orders: int, seq: int = 1) -> AccountState:
    empty = fold(made_log(1))
    waiting = next(iter(fold(made_log(300)).orders.values()))
    book = {str(number): waiting for number in range(orders)}
    return replace(empty, account_id=name, seq=seq, orders=book)


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    kept = Remembered(room=30)
    for name in ("a", "b", "c"):
        assert kept.put(state(name, 8))
    assert kept.get("a") is not None
    kept.put(state("d", 8))
    assert [name for name in "abcd" if kept.get(name)] == ["a", "c", "d"]


def test_a_state_that_grows_makes_others_go_and_is_kept_itself() -> None:
    kept = Remembered(room=30)
    for name in ("a", "b", "c"):
        kept.put(state(name, 8))
    kept.put(state("a", 50, seq=2))
    assert [name for name in "abc" if kept.get(name)] == ["a"]
    kept.put(state("a", 8, seq=3))
    kept.put(state("b", 8))
    assert [name for name in "abc" if kept.get(name)] == ["a", "b"]


def test_how_far_a_log_was_known_outlives_its_state() -> None:
    kept = Remembered(room=1)
    assert kept.put(state("a", 1, seq=5))
    assert kept.put(state("b", 1))
    assert kept.get("a") is None
    assert (kept.seq("a"), kept.seq("b"), kept.seq("c")) == (5, 1, 0)
    assert not kept.put(state("a", 1, seq=5))
    assert kept.put(state("a", 2, seq=6))
