"""The cards of the track record are narrow, honest, and lead to each other."""

from __future__ import annotations

import threading
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.cards.card import Card
from bot.cards.track import (
    MOST_DATA,
    PER_PAGE,
    View,
    latest_card,
    models_card,
    plot_card,
    shares_card,
    tally,
    track_card,
)
from bot.cards.width import width_of
from bot.charts import render, theme
from bot.commands import track as page
from bot.commands.track import read_words, track_page
from bot.taps.track import track as tapped
from bot.turn import Turn
from desk.called import CallStance, CallState, Followed, Who
from desk.chart_spec import CalibrationChart
from desk.track import Asked, Track, TrackView, view
from tests.bot.drawing import drawn_without_warning
from tests.depth import times
from tests.fakes.made_calls import AS_OF, in_state, made_call, scored
from trading.errors import BadArgument, NotEnoughHistory
from trading.scoring import Costs

NOW = AS_OF + timedelta(days=100)
COSTS = Costs(0.001, 0.0005)
LIMIT = 36


def rows(count: int = 40) -> list[Followed]:
    """A model's calls with those beside them, newest first."""
    made = []
    for number in reversed(range(count)):
        stance = ("long", "short", "flat")[number % 3]
        left = 101 if number % 5 < 3 else 99
        at: dict[str, Any] = {"hours": 5 * number, "stance": stance}
        made += [
            scored(made_call(f"q{number}", **at), left),
            scored(made_call(f"q{number}", who=Who.RULES, analyst="rule-based", **at), left),
            scored(
                made_call(
                    f"q{number}",
                    **{**at, "stance": "flat"},
                    who=Who.FORECAST,
                    analyst="forecast",
                    votes=0,
                    runs=0,
                    up=0.4 + number % 3 / 10,
                ),
                left,
            ),
        ]
    return made


def seen(found: list[Followed], asked: Asked = Asked()) -> TrackView:  # noqa: B008  frozen
    return view(found, asked, NOW, COSTS)


def text_of(card: Card) -> str:
    return "\n".join(block.text for block in card.blocks)


def all_cards(made: TrackView, *, demo: bool = False) -> list[Card]:
    return [
        track_card(made, NOW, demo=demo),
        models_card(made, demo=demo),
        shares_card(made, demo=demo),
        plot_card(made, demo=demo),
        latest_card(made, 0, demo=demo),
        latest_card(made, 9, demo=demo),
    ]


def narrow(card: Card) -> bool:
    tables = [block.text for block in card.blocks if block.kind == "table"]
    return all(width_of(line) <= LIMIT for table in tables for line in table.splitlines())


def test_the_short_card_has_a_line_and_a_sentence_for_each() -> None:
    card = track_card(seen(rows()), NOW, demo=True)
    lines = text_of(card).splitlines()
    assert lines[0] == "Track record"
    assert lines[1].split() == ["n", "hit", "Brier", "paper"]
    assert [line.split()[0] for line in lines[2:5]] == ["gpt-x", "rule-based", "forecast"]
    assert lines[2].split()[1:3] == ["40", "48"]
    assert lines[5].startswith("gpt-x: too few (n=27) to say anything: 30 are the least.")
    assert "Your own questions only" in text_of(card)
    assert "DEMO DATA" in text_of(card)
    assert "0.30 %" in text_of(card)


def test_it_says_when_it_is_no_better_than_chance() -> None:
    card = track_card(seen(rows(120)), NOW, demo=False)
    assert "gpt-x: no better than chance" in text_of(card)
    assert "DEMO DATA" not in text_of(card)


def test_without_a_scored_verdict_it_says_so_and_shows_what_waits() -> None:
    card = track_card(seen([]), NOW, demo=False)
    assert "Nothing is scored yet" in text_of(card)
    assert card.buttons == ()
    waiting = view([in_state(made_call(), CallState.WAITING)], Asked(), AS_OF, COSTS)
    assert tally(waiting, AS_OF) == "Not scored yet: 1, the next at 01 Mar 19:00 UTC."


def test_what_can_not_be_scored_is_shown_and_counted() -> None:
    found = [
        in_state(made_call("q1"), CallState.LOST),
        in_state(made_call("q2", stance="no call"), CallState.NO_CALL),
        scored(made_call("q3"), 101),
    ]
    made = seen(found)
    assert "No verdict is waiting. 1 was no call. 1 can't be scored: no price" in text_of(
        track_card(made, NOW, demo=False)
    )
    assert "can't be scored: no price" in text_of(latest_card(made, 0, demo=False))


def test_the_latest_calls_are_shown_page_by_page() -> None:
    made = seen(rows(7))
    first, last = latest_card(made, 0, demo=False), latest_card(made, 4, demo=False)
    assert text_of(first).count("candles") == PER_PAGE
    assert [button.data for button in first.buttons[0]] == ["track:latest:1"]
    assert [button.data for button in last.buttons[0]] == ["track:latest:3"]
    assert text_of(last).count("candles") == 1
    lines = text_of(first).splitlines()
    assert lines[1:5] == [
        "02 Mar 20:00 BTC/USDT 1h",
        "  LONG 2:1 · gpt-x",
        "  100.00 → 101.00, 4 candles",
        "  hit: +1.00 %, paper +0.70 %",
    ]


NAMES = st.sampled_from(["gpt-x", "a-very-long-model-name/of-some-maker:2026-11-22", "分析师", "x"])
STANCES = st.sampled_from(["long", "short", "flat"])


@settings(max_examples=times(40, 1000))
@given(
    st.lists(
        st.tuples(
            NAMES,
            STANCES,
            st.floats(1e-6, 1e9),
            st.integers(1, 9),
            st.sampled_from(["BTC/USDT", "kraken:1000000MOGWAI/USDT"]),
        ),
        max_size=8,
    ),
    st.booleans(),
)
def test_no_card_scrolls_sideways_and_no_button_carries_too_much(
    calls: list[tuple[str, CallStance, float, int, str]], demo: bool
) -> None:
    found = [
        scored(
            made_call(
                f"q{n}", hours=n, analyst=name, stance=stance, votes=votes, runs=9, symbol=symbol
            ),
            left,
        )
        for n, (name, stance, left, votes, symbol) in enumerate(calls)
    ]
    for asked in (Asked(), Asked(analyst="a-very-long-model-name/of-some", days=999)):
        for card in all_cards(seen(found, asked), demo=demo):
            assert narrow(card), text_of(card)
            data = [button.data for row in card.buttons for button in row]
            assert all(len(one.encode()) <= MOST_DATA for one in data)
            assert len(card.html()) <= 6000


def test_words_are_read_in_any_order_and_unknown_ones_refused() -> None:
    known = rows(2)
    assert read_words(["90d", "btc"], known) == Asked(symbol="BTC/USDT", days=90)
    assert read_words(["GPT", "BTC/USDT", "7D"], known) == Asked("GPT", "BTC/USDT", 7)
    assert read_words([], known) == Asked()
    for words in (["0d"], ["SOL"], ["claude"], ["btc", "btc"], ["90d", "30d"]):
        with pytest.raises(BadArgument, match="there are of BTC/USDT, gpt-x"):
            read_words(words, known)
    with pytest.raises(BadArgument, match="There is no verdict yet"):
        read_words(["btc"], [])


class Room:
    """A chat that keeps what is shown; each account has calls of its own."""

    def __init__(self, found: dict[str, list[Followed]]) -> None:
        self.id = 7
        self.shown: list[Card] = []
        self.replaced: list[Card] = []
        store = SimpleNamespace(of_account=self._calls)
        self._found = found
        self.services = SimpleNamespace(
            track=Track(cast(Any, store), lambda: NOW, COSTS),
            clock=lambda: NOW,
            market=SimpleNamespace(demo=False),
        )

    async def _calls(self, account_id: str) -> list[Followed]:
        return self._found.get(account_id, [])

    async def show(self, card: Card) -> None:
        self.shown.append(card)

    async def replace(self, message: object, card: Card) -> None:
        self.replaced.append(card)

    def turn(self, subject: str = "", account: str = "anne", user: int = 7) -> Turn:
        made = SimpleNamespace(
            services=self.services,
            chat=self,
            user_id=user,
            account_id=account,
            words=(),
            subject=subject,
            message=object(),
        )
        return cast(Turn, made)


async def test_every_button_leads_to_a_card_and_the_plot_is_a_message_of_its_own() -> None:
    room = Room({"anne": rows(12)})
    card = await track_page(room.turn(), "short", ("gpt", "120d"))
    data = [button.data for row in card.buttons for button in row]
    assert data == [f"track:{name}:0:120d gpt" for name in ("models", "shares", "plot", "latest")]
    for one in data:
        await tapped(room.turn(one.removeprefix("track:")))
    titles = [card.blocks[0].text for card in room.replaced]
    assert titles[:2] == ["By model · 120d · gpt", "By vote share · 120d · gpt"]
    assert [card.blocks[0].text for card in room.shown] == ["Calibration · 120d · gpt"]
    assert isinstance(room.shown[0].chart, CalibrationChart)


@pytest.mark.parametrize("name", ["short", "models", "shares", "plot", "latest"])
async def test_what_is_computed_for_a_card_keeps_nobody_waiting(
    name: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    for made in ("track_card", "models_card", "shares_card", "plot_card", "latest_card"):
        real = getattr(page, made)

        def noting(*args: Any, _real: Any = real, **more: Any) -> Card:
            threads.append(threading.get_ident())
            return cast(Card, _real(*args, **more))

        monkeypatch.setattr(page, made, noting)
    room = Room({"anne": rows(3)})
    await track_page(room.turn(), name, ())
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


def test_votes_are_told_for_and_against() -> None:
    text = text_of(shares_card(seen(rows()), demo=False))
    assert "gpt-x: 2 for, 1 against" in text
    assert "runs that failed, or were stopped" in text


def test_overlapping_calls_are_not_added_up() -> None:
    assert "all, one unit each" not in text_of(models_card(seen(rows()), demo=False))


async def test_a_tap_shows_only_the_tappers_own_calls() -> None:
    room = Room({"anne": rows(12)})
    await tapped(room.turn("latest", account="ben"))
    assert "Nothing is scored yet" in text_of(room.replaced[0])
    with pytest.raises(BadArgument, match="not one of your cards"):
        await tapped(room.turn("latest", user=8))
    with pytest.raises(BadArgument, match="page is gone"):
        await tapped(room.turn("everything"))


@drawn_without_warning
@settings(max_examples=times(4, 100), suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.dictionaries(
        st.text(min_size=1, max_size=60),
        st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30),
        min_size=1,
        max_size=6,
    ),
    st.booleans(),
)
def test_any_record_can_be_drawn(record: dict[str, list[tuple[float, bool]]], demo: bool) -> None:
    found = [
        scored(
            made_call(f"{name}{n}", hours=n, analyst=name, stance="flat", votes=0, runs=0, up=up),
            101 if rose else 99,
        )
        for name, calls in record.items()
        for n, (up, rose) in enumerate(calls)
    ]
    card = plot_card(seen(found), demo=demo)
    assert card.chart is not None
    picture = Image.open(BytesIO(render(card.chart)))
    assert picture.width == theme.WIDTH
    assert np.asarray(picture).std() > 1


def test_nothing_to_draw_is_said_so() -> None:
    with pytest.raises(NotEnoughHistory, match="nothing to draw"):
        render(CalibrationChart("Calibration", {"gpt-x": ()}))
