"""Which coins a headline is about."""

from __future__ import annotations

import pytest

from trading.coins import coins_in


@pytest.mark.parametrize(
    ("title", "coins"),
    [
        ("Bitcoin tops $100k", {"BTC"}),
        ("bitcoin and ETHEREUM", {"BTC", "ETH"}),
        ("BTC, ETH and $sol rise", {"BTC", "ETH", "SOL"}),
        ("Bitcoin (BTC) steady", {"BTC"}),
        ("Is XRP supply running low?", {"XRP"}),
        ("Find the link, near the dot, in one op", set()),
        ("LINK and DOT lead, NEAR follows", {"LINK", "DOT", "NEAR"}),
        ("WE ARE NEAR A LINK TO THE SOL", set()),
        ("BITCOIN NEAR RECORD", {"BTC"}),
        ("BUY $NEAR NOW", {"NEAR"}),
        ("Bitcoin Cash forks again", {"BCH"}),
        ("Bitcoin Cash falls behind Bitcoin", {"BCH", "BTC"}),
        ("Coinbase's cbBTC comes to Solana", {"SOL"}),
        ("Polygon's POL and the polygon of power", {"POL"}),
        ("Solana's Saga phone", {"SOL"}),
        ("Pro-XRP lawyer", {"XRP"}),
        ("BTC/USDT and ETH-USD", {"BTC", "ETH"}),
        ("Solar power and adage", set()),
        ("", set()),
    ],
)
def test_coins_in_a_headline(title: str, coins: set[str]) -> None:
    assert coins_in(title) == coins


def test_further_tickers_count_in_capitals() -> None:
    assert coins_in("WIF jumps, if you ask me", frozenset({"WIF"})) == {"WIF"}
    assert not coins_in("Wif jumps", frozenset({"WIF"}))
