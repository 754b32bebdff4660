"""Orders in words are no orders: the line to send is told."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from agents.questions.order_line import order_line, order_words, ordered_side
from agents.questions.reading import asked_order
from desk.language import Language
from tools.order_words import read_order


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("buy 100 BTC now", "/buy BTC/USDT 100 BTC"),
        ("buy 200 usdt of eth, stop 2%", "/buy ETH/USDT 200 stop 2%"),
        ("please short 50 usdt of sol", "/short SOL/USDT 50"),
        ("sell 2 eth", "/sell ETH/USDT 2 ETH"),
        ("买 0.5 个比特币", "/buy BTC/USDT 0.5 BTC"),
        ("買 200U 的 ETH", "/buy ETH/USDT 200"),
        ("buy 1,000 doge", "/buy DOGE/USDT 1000 DOGE"),
        ("sell half my btc", "/sell BTC/USDT half"),
        ("卖出一半比特币", "/sell BTC/USDT half"),
        ("卖空比特币", "/short BTC/USDT"),
        ("short btc with 2% stop and 4% target", "/short BTC/USDT stop 2% target 4%"),
        ("做多比特币，2%止损4%止盈", "/buy BTC/USDT stop 2% target 4%"),
        ("should i buy 100 usdt of btc", ""),
        ("buy the dip on btc?", ""),
        ("long or short btc", ""),
        ("可以买ETH吗", ""),
        ("buy now", ""),
    ],
)
def test_order_in_words_is_told_as_its_command(text: str, line: str) -> None:
    assert order_line(text) == line
    if line:
        _, rest = line.split(" ", 1)
        reduces = line.startswith("/sell")
        read_order(rest, "buy", datetime(2026, 3, 1, tzinfo=UTC), "/buy BTC/USDT", reduce=reduces)


@pytest.mark.parametrize(
    "text",
    [
        "buy 0,5 btc",
        "buy 1.5k usdt of btc",
        "buy 1 500 usdt of btc",
        "买1万usdt比特币",
        "buy 2k btc",
        "buy 100 eur of btc",
        "buy 10 percent btc",
        "long 4h btc",
        "做多4小时比特币",
        "buy 1/2 btc",
        "buy 2.123456789 btc",
        "buy 0 btc",
        "sell 50% of btc",
        "buy btc if rsi below 30",
        "sell btc when it hits 100k",
        "buy btc at 20000",
        "buy btc with 5x leverage",
        "buy 1 btc and 2 eth",
        "short squeeze in btc",
        "short answer: btc rsi",
        "buy and hold btc return",
        "sell wall at btc",
        "做空比特币的风险",
        "买比特币的理由",
    ],
)
def test_a_text_that_says_more_than_an_order_gets_no_line(text: str) -> None:
    assert order_line(text) == ""


@pytest.mark.parametrize(
    ("text", "stop", "target"),
    [
        ("buy btc stop 2% target 4%", "0.02", "0.04"),
        ("buy btc with a 2% stop and a 4% target", "0.02", "0.04"),
        ("buy btc 3% stop loss 6% take profit", "0.03", "0.06"),
        ("止损2%止盈5%做多BTC", "0.02", "0.05"),
        ("long btc, take profit at 5 percent, stop at 2 percent", "0.02", "0.05"),
        ("risk 1% on btc, stop 3%", "0.03", None),
    ],
)
def test_stop_and_target_are_told_apart(text: str, stop: str, target: str | None) -> None:
    said = asked_order(text)
    assert (said.stop, said.target) == (Decimal(stop), Decimal(target) if target else None)


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("buy me a bit of btc", "buy"),
        ("买入100美元的比特币", "buy"),
        ("buy the dip on btc", "buy"),
        ("short some eth", "sell"),
        ("sell all my sol", "sell"),
        ("long or short btc", None),
        ("long btc?", None),
        ("is btc a long", None),
        ("short term outlook for btc", None),
        ("买还是卖比特币", None),
        ("buy pressure in eth", None),
    ],
)
def test_the_side_that_a_text_orders(text: str, side: str | None) -> None:
    assert ordered_side(text) == side


def test_words_say_that_nothing_was_ordered_in_the_language_of_the_question() -> None:
    assert order_words("buy 100 BTC now", Language.EN).startswith("Words order nothing.")
    assert order_words("买 ETH", Language.ZH).startswith("用文字不会下单。")
    assert order_words("is BTC a long?", Language.EN) == ""
