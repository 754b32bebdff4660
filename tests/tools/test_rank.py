"""/rank: what is typed becomes a list, and each figure on its card is a fact."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.rank_market import RankDesk, rank_desk
from tools.rank_arguments import MOST_SYMBOLS, OTHER_NAMES
from tools.registry import discover
from trading.errors import BadArgument
from trading.factor_names import KINDS, NAMES

TOOL = discover()["rank"]


@pytest.fixture
async def desk() -> AsyncIterator[RankDesk]:
    async with rank_desk() as opened:
        yield opened


@pytest.mark.parametrize(
    ("words", "bases", "timeframe", "by"),
    [
        ("", "", "1h", "score"),
        ("BTC ETH SOL 4h by=momentum", "BTC ETH SOL", "4h", "momentum"),
        ("4h btc eth", "BTC ETH", "4h", "score"),
        ("btc 4h eth vol sol", "BTC ETH SOL", "4h", "volatility"),
        ("btc,eth and sol by beta", "BTC ETH SOL", "1h", "beta"),
        ("BTC+ETH", "BTC ETH", "1h", "score"),
        ("btc BTCUSDT bitcoin eth", "BTC ETH", "1h", "score"),
        ("1d", "", "1d", "score"),
        ("correlation", "", "1h", "correlation"),
        ("by=7d", "", "1h", "momentum_7d"),
        ("momentum-1d btc", "BTC", "1h", "momentum_1d"),
        ("symbols=btc,eth timeframe=1d", "BTC ETH", "1d", "score"),
        ("BY=Momentum BTC", "BTC", "1h", "momentum"),
        ("BETA/USDT btc", "BETA BTC", "1h", "score"),
    ],
)
def test_words_are_read_wherever_they_stand(
    words: str, bases: str, timeframe: str, by: str
) -> None:
    checked = TOOL.check(TOOL.parse(words.split()))
    assert checked == {
        "symbols": tuple(f"{base}/USDT" for base in bases.split()),
        "timeframe": timeframe,
        "by": by,
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("btc !!", "symbols: '!!' is no symbol; write it as BTC/USDT. Example: /rank BTC"),
        ("1h 4h", "'4h' is a timeframe, and one is enough"),
        ("beta momentum", "'momentum' is what to rank by; for a coin write MOMENTUM/USDT"),
        ("btc by=luck", "by must be one of score, momentum, momentum_1d"),
        ("btc fast=3", "There is no 'fast='; known: symbols, timeframe, by."),
        (
            " ".join(f"c{at}" for at in range(31)),
            "These are too many values; 30 are the most. Usage: /rank",
        ),
        ("symbols=" + ",".join(f"c{at}" for at in range(31)), "30 symbols at most"),
        ("1h btc timeframe=4h", "'1h' is a timeframe"),
    ],
)
def test_words_that_fit_nowhere_are_refused(words: str, told: str) -> None:
    with pytest.raises(BadArgument) as refused:
        TOOL.check(TOOL.parse(words.split()))
    assert told in str(refused.value)


@given(st.lists(st.text(max_size=12), max_size=40))
def test_any_words_are_matched_or_refused(words: list[str]) -> None:
    with contextlib.suppress(BadArgument):
        checked = TOOL.check(TOOL.parse(words))
        assert len(checked["symbols"]) <= MOST_SYMBOLS
        assert checked["by"] in NAMES


@pytest.mark.parametrize(
    "given_", [["BTC/USDT", "eth"], "BTC/USDT, ETH/USDT", ("btc", "eth", "BTC/USDT")]
)
def test_model_may_write_the_list_as_it_likes(given_: object) -> None:
    assert TOOL.check({"symbols": given_})["symbols"] == ("BTC/USDT", "ETH/USDT")


@pytest.mark.parametrize("wrong", [5, None, {"a": 1}, [["BTC"]]])
def test_list_that_is_none_is_refused_in_words(wrong: object) -> None:
    with pytest.raises(BadArgument, match="symbols"):
        TOOL.check({"symbols": wrong})


def test_model_sees_a_list_and_the_names_of_the_factors() -> None:
    fields = TOOL.arguments.model_json_schema()["properties"]
    assert fields["symbols"]["items"] == {"type": "string"}
    assert fields["symbols"]["maxItems"] == 30
    assert fields["by"]["enum"] == list(NAMES)


def test_other_names_hide_no_factor() -> None:
    assert not set(OTHER_NAMES) & set(NAMES)
    assert set(OTHER_NAMES.values()) <= set(NAMES)


async def test_facts_are_five_a_symbol_at_most_and_carry_time_and_source(desk: RankDesk) -> None:
    for by in NAMES:
        result = await desk.types(f"btc eth sol by={by}")
        for symbol in ("BTC/USDT", "ETH/USDT", "SOL/USDT"):
            own = [fact for fact in result.facts if fact.symbol == symbol]
            assert 1 <= len(own) <= 5
            assert own[0].label == KINDS[by].label
        assert {fact.as_of for fact in result.facts} == {desk.clock()}
        assert {(fact.tool, fact.source, fact.timeframe) for fact in result.facts} == {
            ("rank", "fake", "1h")
        }
        assert "nan" not in result.as_json().lower().split()
        assert json.loads(result.as_json())["note"] == result.note


async def test_facts_come_in_the_order_of_the_ranks(desk: RankDesk) -> None:
    result = await desk.types("momentum")
    assert result.ranking is not None
    symbols = list(dict.fromkeys(fact.symbol for fact in result.facts))
    assert symbols == [profile.symbol for profile in result.ranking.profiles]


async def test_correlation_comes_with_its_interval_and_count(desk: RankDesk) -> None:
    result = await desk.types("eth by=correlation")
    values = {fact.label: fact.value for fact in result.facts}
    low, high = values["Correlation to BTC, low end"], values["Correlation to BTC, high end"]
    assert isinstance(low, float)
    assert isinstance(high, float)
    assert low < float(values["Correlation to BTC"]) < high
    assert values["Returns in common with BTC"] == 720


def test_tool_loads_without_the_compiled_rooms() -> None:
    code = (
        "import sys, tools.rank, bot.cards.rank, bot.ranking, bot.taps.rank\n"
        "print([name for name in ('numba', 'talib', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
