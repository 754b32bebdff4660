"""Lines of a card keep within the width of a phone, and lose nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.cards.card import WIDTH
from bot.cards.columns import broken, grid, narrow, pair

WORDS = st.text("ab1\u202f .,−+", max_size=120)
FIGURES = st.text("0123456789\u202f.−+", max_size=60)


def letters(text: str) -> str:
    return "".join(text.split(" ")).replace("\n", "")


@given(WORDS)
def test_broken_lines_fit_and_hold_every_letter(line: str) -> None:
    parts = broken(line)
    assert max(map(len, parts)) <= WIDTH
    assert letters("".join(parts)) == letters(line)


@given(WORDS, FIGURES)
def test_pair_fits_and_shows_all_of_both(name: str, figure: str) -> None:
    lines = pair(name, figure)
    assert max(map(len, lines)) <= WIDTH
    assert letters("".join(lines)) == letters(name + figure)


@given(st.lists(st.tuples(WORDS, FIGURES, FIGURES, FIGURES), max_size=5))
def test_grid_fits_and_shows_every_figure(rows: list[tuple[str, str, str, str]]) -> None:
    lines = grid(("", "realised", "fees", "net"), rows)
    assert max(map(len, lines), default=0) <= WIDTH
    shown = letters("".join(lines))
    assert all(letters(cell) in shown for row in rows for cell in row)


def test_grid_with_room_is_aligned_at_the_right_edge() -> None:
    lines = grid(("", "fees", "net"), [("today", "1.20", "+12.34"), ("in all", "10.00", "−3.10")])
    assert lines == [
        "                        fees     net",
        "today                   1.20  +12.34",
        "in all                 10.00   −3.10",
    ]


def test_narrow_breaks_at_a_space_and_indents_what_follows() -> None:
    block = narrow(["  until 14:05:10 UTC and then some more words"])
    assert block.text.splitlines() == ["  until 14:05:10 UTC and then some", "  more words"]
