"""A table is compared with the last one: what is worse fails, what differs is told."""

from __future__ import annotations

from pathlib import Path

from benchmarks.rows import Row
from evals.last import compare, keep, load

ROWS = (
    Row("a: refused", 0.01, None, "share", "ours <= 0.02"),
    Row("a: right", 0.9, None, "share", "ours >= 0.8"),
    Row("a: seen", 5.0, None, "share", ""),
    Row("a: took", 120.0, None, "ms", "ours <= 250"),
)


def test_the_same_table_changes_nothing_and_times_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "last.json"
    assert load(path) == {}
    keep({"a": ROWS}, path)
    assert list(load(path)["a"]) == ["a: refused", "a: right", "a: seen"]
    assert list(compare({"a": ROWS}, load(path))) == []


def test_what_is_further_from_its_goal_is_worse_even_within_it() -> None:
    before = {"a: refused": 0.0, "a: right": 0.95, "a: seen": 6.0}
    assert {change.name: change.worse for change in compare({"a": ROWS}, {"a": before})} == {
        "a: refused": True,
        "a: right": True,
        "a: seen": False,
    }
    better = {"a: refused": 0.02, "a: right": 0.85}
    assert not any(change.worse for change in compare({"a": ROWS}, {"a": better}))


def test_a_figure_that_is_gone_is_worse() -> None:
    (change,) = compare({"a": ROWS}, {"a": {"a: gone": 1.0}})
    assert change.worse
    assert "a: gone" in str(change)


def test_suites_that_did_not_run_are_neither_compared_nor_lost(tmp_path: Path) -> None:
    path = tmp_path / "last.json"
    keep({"a": ROWS, "b": ROWS[:1]}, path)
    keep({"a": ROWS[1:]}, path)
    assert list(load(path)["b"]) == ["a: refused"]
    assert list(compare({"b": ROWS[:1]}, load(path))) == []
