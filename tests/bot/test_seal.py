"""Buttons that act on an account work for its owner alone, and for a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.seal import MOST_BYTES, NOT_YOURS, Expired, _tag, sealed, unsealed
from trading.errors import BadArgument

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=2)


def subject(data: str) -> str:
    return data.partition(":")[2]


@given(st.text(alphabet="abz0189 /%:|.", max_size=25))
def test_what_is_sealed_is_read_by_its_owner(what: str) -> None:
    data = sealed("5", "panic", what, SOON)
    assert len(data.encode()) <= MOST_BYTES
    assert unsealed("5", "panic", subject(data), NOW) == what
    for account, action in (("6", "panic"), ("demo-5", "panic"), ("5", "adopt")):
        with pytest.raises(BadArgument, match=NOT_YOURS):
            unsealed(account, action, subject(data), NOW)


def test_a_button_ends() -> None:
    data = subject(sealed("5", "panic", "all", SOON))
    assert unsealed("5", "panic", data, SOON - timedelta(seconds=1)) == "all"
    with pytest.raises(Expired):
        unsealed("5", "panic", data, SOON)
    lasting = subject(sealed("5", "limits", "bold"))
    assert unsealed("5", "limits", lasting, NOW + timedelta(days=900)) == "bold"


@given(st.text(max_size=40))
def test_what_nobody_sealed_is_refused(garbage: str) -> None:
    with pytest.raises(BadArgument, match=NOT_YOURS):
        unsealed("5", "panic", garbage, NOW)


def test_a_later_end_can_not_be_written_into_a_button() -> None:
    what, ends, tag = subject(sealed("5", "panic", "all", SOON)).split(":")
    with pytest.raises(BadArgument, match=NOT_YOURS):
        unsealed("5", "panic", f"{what}:{int(ends, 16) + 999:x}:{tag}", NOW)


def test_too_much_for_a_button_is_told() -> None:
    with pytest.raises(BadArgument, match="Name fewer at a time"):
        sealed("5", "adopt", "allow " + "BTC/USDT " * 9, SOON)


def test_a_forged_time_beyond_all_calendars_is_no_fault() -> None:
    ends = 2**60
    forged = f"all:{ends:x}:{_tag('5', 'panic', 'all', ends)}"
    assert unsealed("5", "panic", forged, NOW) == "all"
