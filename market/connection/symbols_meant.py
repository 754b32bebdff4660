"""What a person may have meant by a symbol that an exchange does not trade."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trading.symbols import base_of, quote_of

MOST = 3
ALIKE = 0.6
# Which money is meant when the pair says nothing: the first of these that a coin is traded in.
MONEY_FIRST = ("USDT", "USDC", "USD", "EUR", "FDUSD", "GBP", "TRY", "BTC", "ETH")


@dataclass(frozen=True)
class Listed:
    """A pair that an exchange lists; `names` is what the exchange itself calls it and its coin.

    ccxt renames some coins (Kraken's XBT is BTC), so that a person may know the other name.
    """

    pair: str
    names: frozenset[str] = frozenset()


def listed(market: Mapping[str, Any]) -> Listed:
    """Read one of ccxt's market structures."""
    own = (market.get("id"), market.get("baseId"))
    return Listed(str(market["symbol"]), frozenset(plain(str(name)) for name in own if name))


def nearest(wanted: str, pairs: Sequence[Listed], most: int = MOST) -> list[str]:
    """Return the pairs that `wanted` (`ADA/USDT`) may stand for, the best guess first.

    First the same pair by another name or the other way round, then the same coin in other money,
    then a coin of similar spelling. All of them are in `pairs`.
    """
    wanted = wanted.upper()
    base, quote = base_of(wanted), quote_of(wanted)
    names = {plain(wanted), plain(f"{quote}{base}")}
    same = [one.pair for one in pairs if one.names & names or plain(one.pair) in names]
    coin = [one.pair for one in pairs if base_of(one.pair) == base or plain(base) in one.names]
    coin.sort(key=lambda pair: (quote_of(pair) != quote, _rank(pair), pair))
    found = dict.fromkeys((*sorted(same), *coin))
    # Who named a coin that is there did not misspell it.
    rest = () if coin else _alike(base, quote, [one.pair for one in pairs])
    return list(dict.fromkeys((*found, *rest)))[:most]


def no_such(
    exchange: str, wanted: str, pairs: Sequence[Listed], halted: Collection[str], prefix: str = ""
) -> str:
    """Say that an exchange does not trade a pair, and which ones come nearest.

    `halted` are pairs that it lists but does not trade; `prefix` stands before a pair in what is
    told to be written.
    """
    near = [f"{prefix}{pair}" for pair in nearest(wanted, pairs)]
    hint = f"Did you mean {_or(near)}?" if near else f"Symbols look like {prefix}BTC/USDT."
    if wanted in halted:
        return f"{exchange} does not trade '{prefix}{wanted}' any more (halted or delisted). {hint}"
    return f"{exchange} lists no '{prefix}{wanted}'. {hint}"


def plain(name: str) -> str:
    """Write a name without what exchanges put between its parts."""
    return re.sub(r"[^A-Z0-9]", "", name.upper())


def _alike(base: str, quote: str, pairs: Iterable[str]) -> list[str]:
    coins: dict[str, list[str]] = {}
    for pair in pairs:
        # Nobody writes half of a name; fewer to compare with, too.
        if abs(len(base_of(pair)) - len(base)) <= 2:
            coins.setdefault(base_of(pair), []).append(pair)
    close = difflib.get_close_matches(base, coins, MOST, ALIKE)
    return [
        min(coins[coin], key=lambda pair: (quote_of(pair) != quote, _rank(pair), pair))
        for coin in close
    ]


def _rank(pair: str) -> int:
    quote = quote_of(pair)
    return MONEY_FIRST.index(quote) if quote in MONEY_FIRST else len(MONEY_FIRST)


def _or(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
