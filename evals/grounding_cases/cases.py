"""A draft of one sentence, and for which markets it is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evals.grounding_cases.book import Market

When = Callable[[Market], bool]


@dataclass(frozen=True)
class Case:
    """A sentence with its market; `kind` says what it tries."""

    kind: str
    text: str
    market: Market


def always(_: Market) -> bool:
    return True


def up(market: Market) -> bool:
    return market.number("change") > 0


def down(market: Market) -> bool:
    return not up(market)


def above(market: Market) -> bool:
    return market.facts["order"].value == "above"


def below(market: Market) -> bool:
    return not above(market)


def over_average(market: Market) -> bool:
    return market.number("price") > market.number("ema50")


def under_average(market: Market) -> bool:
    return not over_average(market)


def overbought(market: Market) -> bool:
    return market.number("rsi") >= 70


def oversold(market: Market) -> bool:
    return market.number("rsi") <= 30


def middling(market: Market) -> bool:
    return not overbought(market) and not oversold(market)


def edge(market: Market) -> bool:
    return market.facts["edge"].value == "edge"


def no_edge(market: Market) -> bool:
    return not edge(market)


def beats(market: Market) -> bool:
    return market.number("made") > market.number("held")


def trails(market: Market) -> bool:
    return not beats(market)


def earned(market: Market) -> bool:
    return market.number("made") > 0


def lost(market: Market) -> bool:
    return not earned(market)


def cheerful(market: Market) -> bool:
    return market.number("mood") > 0


def gloomy(market: Market) -> bool:
    return not cheerful(market)


def leans_up(market: Market) -> bool:
    return market.number("chance") > 0.5


def leans_down(market: Market) -> bool:
    return not leans_up(market)


def bitcoin(market: Market) -> bool:
    return market.base == "BTC"


def other_coin(market: Market) -> bool:
    return not bitcoin(market)


def ether(market: Market) -> bool:
    return market.base == "ETH"


def solana(market: Market) -> bool:
    return market.base == "SOL"


def cardano(market: Market) -> bool:
    return market.base == "ADA"


def skilled(market: Market) -> bool:
    return market.number("accuracy") > market.number("naive")


def unskilled(market: Market) -> bool:
    return not skilled(market)


def cases(
    kinds: dict[str, Sequence[tuple[str, When]]], markets: Sequence[Market], most: int
) -> Iterator[Case]:
    """Write each template for up to `most` of the markets that it is meant for."""
    for kind, templates in kinds.items():
        for text, when in templates:
            fitting = [one for one in markets if one.knows(text) and when(one)]
            for market in fitting[:most]:
                yield Case(kind, market.written(text), market)
