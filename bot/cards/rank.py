"""The card of a ranking: a narrow table, what its columns mean, and buttons that sort it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.cards.card import WIDTH, Block, Button, Card
from bot.cards.columns import grid, narrow
from bot.cards.result import origin
from desk.figures import grouped, plain
from tools.arguments import DEFAULT_QUOTE, parse_symbol
from tools.rank_arguments import is_factor
from trading.factor_names import KINDS, FactorName
from trading.symbols import base_of

if TYPE_CHECKING:
    from desk.ranking import Ranking
    from desk.result import Result
    from trading.factors import Factor, Profile

COMMAND = "/rank"
NOT_KNOWN = "–"
INTERVAL = "interval of the correlation (Fisher); in truth it is somewhat wider"
CHOSEN = "• "
MOST_DATA = 64
LONGEST_BASE = 10
BUTTONS: tuple[tuple[FactorName, ...], ...] = (
    ("score", "momentum", "volatility"),
    ("value", "liquidity", "size"),
    ("beta", "correlation"),
)
SIZES = ((1e12, " T"), (1e9, " B"), (1e6, " M"), (1e3, " k"))
ROUND = 100.0  # percent and more are written without decimals


def ranking_card(result: Result, ranking: Ranking, *, demo: bool) -> Card:
    """Lay out a ranking; the command on it makes it again, sorted as the buttons say."""
    shown = _columns(ranking)
    source = result.facts[0].source if result.facts else ""
    title = f"Rank by {ranking.by.replace('_', ' ')} · {ranking.timeframe} · {source}"
    blocks = (
        Block("title", title.removesuffix(" · ")),
        narrow(_table(ranking, shown)),
        Block("text", result.note),
        Block("text", "\n".join(f"{one.head}: {one.said}." for one in shown[1:]), spare=1),
        Block("code", command_of(ranking)),
        Block("small", origin(result.facts, demo=demo)),
    )
    return Card(blocks, (*_sorting(ranking.by), *_asking(ranking)))


def command_of(ranking: Ranking) -> str:
    """Write what asks for the same list again."""
    words = [*map(_typed, ranking.asked), ranking.timeframe.value, f"by={ranking.by}"]
    return " ".join((COMMAND, *words))


def _typed(symbol: str) -> str:
    """Write a symbol as short as it is still read as itself."""
    base = symbol.removesuffix(f"/{DEFAULT_QUOTE}")
    return base if not is_factor(base) and _reads_as(base, symbol) else symbol


def _reads_as(word: str, symbol: str) -> bool:
    try:
        return parse_symbol(word) == symbol
    except ValueError:
        return False


@dataclass(frozen=True)
class _Column:
    """A column: its head, what that means, and a figure for each line."""

    head: str
    said: str
    figures: tuple[str, ...]

    @property
    def width(self) -> int:
        return max(map(len, (self.head, *self.figures)))


def _columns(ranking: Ranking) -> list[_Column]:
    """Return as many columns as fit beside the names, the factor asked for first."""
    from desk.ranking_words import columns

    profiles = ranking.profiles
    found = []
    for name in columns(ranking.by):
        figures = tuple(_figure(one.factors[name]) for one in profiles)
        found.append(_Column(KINDS[name].head, KINDS[name].said, figures))
    if ranking.by == "correlation":
        intervals = tuple(_interval(one) for one in profiles)
        found[1:] = [_Column("95 %", INTERVAL, intervals), found[1]]
    room = WIDTH - max(map(len, _lines(profiles)))
    while len(found) > 1 and sum(column.width + 1 for column in found) > room:
        found.pop()
    return found


def _table(ranking: Ranking, shown: Sequence[_Column]) -> list[str]:
    """Write a line for each symbol."""
    head = ("", *(column.head for column in shown))
    cells = zip(*(column.figures for column in shown), strict=True)
    names = _lines(ranking.profiles)
    return grid(head, [(name, *row) for name, row in zip(names, cells, strict=True)])


def _lines(profiles: Sequence[Profile]) -> list[str]:
    return [f"{at:>2} {name}" for at, name in enumerate(_names(profiles), 1)]


def _names(profiles: Sequence[Profile]) -> list[str]:
    """Return each symbol's base, or as much as tells it from the others."""
    bases = [base_of(one.symbol) for one in profiles]
    return [
        (base if bases.count(base) == 1 else one.symbol.partition("/")[0])[:LONGEST_BASE]
        for base, one in zip(bases, profiles, strict=True)
    ]


def _figure(factor: Factor) -> str:
    value = factor.value
    if value is None:
        return NOT_KNOWN
    if factor.unit == "fraction":
        text = grouped(value * 100, 0 if abs(value) * 100 >= ROUND else 1)
        signed = factor.name.startswith("momentum") and not text.startswith("−")
        return f"{'+' if signed else ''}{text} %"
    if factor.name == "score":
        return grouped(value, 0)
    return _amount(value) if factor.unit else plain(value)


def _amount(value: float) -> str:
    """Write a large amount with three digits: `2.24 B`."""
    for size, letter in SIZES:
        if value >= size:
            part = value / size
            return f"{grouped(part, 0 if part >= 100 else 1 if part >= 10 else 2)}{letter}"
    return grouped(value, 0)


def _interval(profile: Profile) -> str:
    market = profile.market
    return NOT_KNOWN if market is None else f"{plain(market.low)}…{plain(market.high)}"


def _sorting(by: FactorName) -> tuple[tuple[Button, ...], ...]:
    return tuple(
        tuple(
            Button(f"{CHOSEN if name == by else ''}{name.capitalize()}", f"rank:{name}")
            for name in row
        )
        for row in BUTTONS
    )


def _asking(ranking: Ranking) -> tuple[tuple[Button, ...], ...]:
    """Offer a question about the first one."""
    first = ranking.profiles[0]
    data = f"asktop:{ranking.timeframe}:{first.symbol}"
    if first.value(ranking.by) is None or len(data.encode()) > MOST_DATA:
        return ()
    return ((Button(f"Ask about {base_of(first.symbol)}", data),),)
