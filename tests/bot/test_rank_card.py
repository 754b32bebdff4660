"""A ranking's card is narrow, carries its own list, and its buttons sort it anew."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.card import WIDTH, Card
from bot.cards.rank import MOST_DATA, NOT_KNOWN, command_of, ranking_card
from bot.ranking import sorted_anew
from bot.taps.asktop import asktop
from bot.turn import Turn
from desk.ranking import Ranking
from desk.result import Result
from tests.depth import times
from tests.fakes.candle_files import made_candles
from tests.fakes.rank_market import RankDesk, hours, rank_desk
from tools.registry import discover
from trading.candles import Timeframe
from trading.correlation import Together
from trading.errors import BadArgument
from trading.factor_names import KINDS, NAMES, FactorName
from trading.factors import Factor, Profile

TOOL = discover()["rank"]
NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
FIGURES = st.one_of(st.none(), st.floats(-1e12, 1e15), st.floats(-3, 3))
BASES = st.text("ABCDEFGHIJ0123456789", min_size=1, max_size=15)
SYMBOLS = st.builds(
    lambda exchange, base: f"{exchange}{base}/USDT", st.sampled_from(["", "kraken:"]), BASES
)


@pytest.fixture
async def desk() -> AsyncIterator[RankDesk]:
    async with rank_desk(demo=True) as opened:
        yield opened


async def shown(desk: RankDesk, words: str) -> Card:
    result = await desk.types(words)
    assert result.ranking is not None
    return ranking_card(result, result.ranking, demo=True)


def text_of(card: Card) -> str:
    return "\n".join(block.text for block in card.blocks)


def table_of(card: Card) -> list[str]:
    return next(block.text for block in card.blocks if block.kind == "table").splitlines()


@pytest.mark.parametrize("by", NAMES)
async def test_card_has_a_line_for_each_symbol_in_the_order_of_the_ranks(
    desk: RankDesk, by: FactorName
) -> None:
    ranking = await desk.ranking(f"by={by}")
    card = await shown(desk, f"by={by}")
    head, *lines = table_of(card)
    assert KINDS[by].head in head
    names = [f"{at:>2} {one.symbol.split('/')[0]}" for at, one in enumerate(ranking.profiles, 1)]
    assert [line[:6].rstrip() for line in lines] == names
    assert max(map(len, (head, *lines))) <= WIDTH
    assert "DEMO DATA · simulated money · not advice" in text_of(card)
    assert "no forecast" in text_of(card)


@settings(max_examples=times(40, 1000), deadline=None)
@given(st.lists(st.tuples(SYMBOLS, FIGURES), min_size=1, max_size=30), st.sampled_from(NAMES))
def test_no_line_is_too_wide_whatever_the_figures_are(
    rows: list[tuple[str, float | None]], by: FactorName
) -> None:
    units = {name: "USDT" if kind.unit == "quote" else kind.unit for name, kind in KINDS.items()}
    profiles = tuple(
        Profile(
            symbol,
            NOW,
            700,
            {n: Factor(n, KINDS[n].label, value, units[n], "not known: too few") for n in NAMES},
            Together(0.5, -0.123, 0.999, 1.0, 99) if value else None,
        )
        for symbol, value in rows
    )
    asked = tuple(dict.fromkeys(symbol for symbol, _ in rows))
    ranking = Ranking(by, Timeframe.H4, asked, profiles, (), 180, "BTC/USDT")
    card = ranking_card(Result((), "note"), ranking, demo=False)
    assert all(len(line) <= WIDTH for line in table_of(card))
    assert all(len(one.data.encode()) <= MOST_DATA for row in card.buttons for one in row)
    again = TOOL.check(TOOL.parse(command_of(ranking).split()[1:]))
    assert again == {"symbols": asked, "timeframe": "4h", "by": by}


async def test_what_is_not_known_is_a_dash(desk: RankDesk) -> None:
    desk.lists("AR/USDT", hours(9, 300))
    last = table_of(await shown(desk, "AR BTC by=momentum"))[-1]
    assert last.split()[:3] == ["2", "AR", NOT_KNOWN]


async def test_columns_that_are_shown_are_explained_and_no_others(desk: RankDesk) -> None:
    for by in NAMES:
        card = await shown(desk, f"by={by}")
        head = table_of(card)[0]
        for name in set(NAMES) - {by, "correlation"}:
            explained = f"\n{KINDS[name].head}: {KINDS[name].said}." in text_of(card)
            assert explained == (f" {KINDS[name].head} " in f"{head} "), (by, name)


async def test_button_of_the_present_order_is_marked(desk: RankDesk) -> None:
    labels = [one.label for row in (await shown(desk, "by=beta")).buttons for one in row]
    assert [label for label in labels if label.startswith("•")] == ["• Beta"]


@dataclass
class Phone:
    """A tap on a card as it stands in the chat, by a bot that was just started."""

    desk: RankDesk
    text: str
    chat_id: int = 7

    def turn(self, subject: str = "") -> Turn:
        services = SimpleNamespace(tools=discover(), market=self.desk.market)
        said: list[str] = []

        async def say(text: str) -> None:
            said.append(text)

        made: Any = SimpleNamespace(
            services=services,
            user_id=7,
            chat=SimpleNamespace(id=self.chat_id, say=say),
            message=SimpleNamespace(text=self.text),
            context=self.desk.context,
            subject=subject,
            asking=SimpleNamespace(begin=lambda turn, question: said.append(question)),
            said=said,
        )
        return cast(Turn, made)


async def test_tap_after_a_restart_sorts_the_list_on_the_card(desk: RankDesk) -> None:
    for seed, base in enumerate(("BTC", "ETH", "SOL"), 1):
        desk.lists(f"{base}/USDT", made_candles(Timeframe.H4, 190, seed=seed), Timeframe.H4)
    first = await shown(desk, "btc eth sol 4h")
    card = await sorted_anew(Phone(desk, text_of(first)).turn(), "momentum")
    assert text_of(card) == text_of(await shown(desk, "btc eth sol 4h by=momentum"))
    assert "/rank BTC ETH SOL 4h by=momentum" in text_of(card).splitlines()
    again = await sorted_anew(Phone(desk, text_of(card)).turn(), "beta")
    assert "/rank BTC ETH SOL 4h by=beta" in text_of(again)


async def test_tap_on_the_usual_list_ranks_what_is_listed_by_then(desk: RankDesk) -> None:
    card = await shown(desk, "")
    desk.lists("LTC/USDT", hours(8))
    assert len(table_of(await sorted_anew(Phone(desk, text_of(card)).turn(), "size"))) == 7


@pytest.mark.parametrize("text", ["", "/rank BTC ETH…", "/ranking BTC", "nothing"])
async def test_card_without_its_list_is_refused(desk: RankDesk, text: str) -> None:
    with pytest.raises(BadArgument, match="Rank again with /rank"):
        await sorted_anew(Phone(desk, text).turn(), "beta")


async def test_forged_factor_and_foreign_chat_are_refused(desk: RankDesk) -> None:
    card = text_of(await shown(desk, "btc eth"))
    with pytest.raises(BadArgument, match="by must be one of"):
        await sorted_anew(Phone(desk, card).turn(), "luck")
    with pytest.raises(BadArgument, match="not one of your cards"):
        await sorted_anew(Phone(desk, card, chat_id=-5).turn(), "beta")


async def test_first_of_the_list_can_be_asked_about(desk: RankDesk) -> None:
    (button,) = (await shown(desk, "eth")).buttons[-1]
    assert button.label == "Ask about ETH"
    action, _, subject = button.data.partition(":")
    turn = Phone(desk, "").turn(subject)
    toast = await asktop(turn)
    assert action == "asktop"
    assert toast.text == "Is ETH/USDT a long on the 1h?"
    assert cast(Any, turn).said == [f"You ask: {toast.text}", toast.text]


@pytest.mark.parametrize("subject", ["", "1h:", "9y:BTC/USDT", "1h:!!", "1h:BTC/USDT; rm"])
async def test_forged_question_is_refused(desk: RankDesk, subject: str) -> None:
    with pytest.raises(BadArgument):
        await asktop(Phone(desk, "").turn(subject))
