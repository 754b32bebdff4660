"""Orders in words are no orders: the line to send is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agents.questions.order_line import order_line, order_words
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
        read_order(rest, "buy", datetime(2026, 3, 1, tzinfo=UTC), "/buy BTC/USDT")


def test_words_say_that_nothing_was_ordered_in_the_language_of_the_question() -> None:
    assert order_words("buy 100 BTC now", Language.EN).startswith("Words order nothing.")
    assert order_words("买 ETH", Language.ZH).startswith("用文字不会下单。")
    assert order_words("is BTC a long?", Language.EN) == ""
