"""/audit: examine whether a strategy knows only the past, or list the strategies."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.cards.audit import audit_card, strategies_card
from bot.catalogue import command
from bot.turn import Turn
from tools.trial_arguments import LEAST_CANDLES, MOST_CANDLES, parse_symbols
from trading.candles import Timeframe
from trading.errors import BadArgument

if TYPE_CHECKING:
    from bot.own_strategies import Own
    from trading.strategies.catalogue import Catalogue

USAGE = (
    "Usage: /audit <strategy> [symbol] [timeframe] [parameter=value …] [candles=5000]; /audit "
    "alone lists the strategies. Example: /audit sma_cross fast=20 slow=100 BTC/USDT 1h"
)
_OPTION = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,30})=([^=]{1,40})", re.ASCII)


@dataclass(frozen=True)
class _Asked:
    """What is to be examined; no symbols: the usual ones, no parameters: the usual and others."""

    name: str
    symbols: tuple[str, ...] = ()
    timeframe: Timeframe = Timeframe.H1
    parameters: dict[str, str] = field(default_factory=dict)
    candles: int | None = None


@command("Research", "Test whether a strategy knows only the past", "sma_cross BTC/USDT 1h")
async def audit(turn: Turn) -> None:
    services = turn.services
    demo = services.market.demo
    if not turn.words:
        await turn.chat.show(strategies_card(services.pin.catalogue, services.own, demo=demo))
        return
    asked = _read(turn.words)
    # What it needs to compute is heavy, and loaded after the start.
    from desk.auditing import AUDIT_CANDLES
    from desk.auditing import audit as audited
    from tools.asked_rules import made_strategy

    research = turn.context().research
    name = _named(asked.name, services.own, research.catalogue)
    strategy = made_strategy(research.catalogue, name, asked.parameters)
    await turn.chat.typing()
    examination = await audited(
        research,
        services.lab,
        strategy,
        asked.symbols,
        asked.timeframe,
        count=asked.candles or AUDIT_CANDLES,
        others=not asked.parameters,
    )
    own = strategy.name in services.own.names
    await turn.chat.show(audit_card(examination, own=own, demo=demo))


def _named(asked: str, own: Own, catalogue: Catalogue) -> str:
    """Return a strategy's name, asked for by itself or its file; BadArgument says why it is not
    there where its file was skipped."""
    if asked in catalogue.names:
        return asked
    if reason := own.why_skipped(asked):
        raise BadArgument(reason)
    return asked.removesuffix(".py")


def _read(words: tuple[str, ...]) -> _Asked:
    """Read the strategy first, the rest in any order; BadArgument for what is nothing of it."""
    # `fast = 20` is three words.
    joined = re.sub(r"\s*=\s*", "=", " ".join(words)).replace(",", " ").split()
    options = _options([word for word in joined if "=" in word])
    plain = [word for word in joined if "=" not in word]
    if not plain:
        raise BadArgument(f"Which strategy? {USAGE}")
    symbols: tuple[str, ...] = ()
    timeframe: Timeframe | None = None
    for word in plain[1:]:
        frame = _timeframe(word)
        if frame is not None and timeframe is None:
            timeframe = frame
            continue
        if symbols:
            raise BadArgument(f"What is '{word[:40]}'? {USAGE}")
        try:
            symbols = tuple(parse_symbols(word).split("+"))
        except ValueError as error:
            raise BadArgument(f"{error}. {USAGE}") from None
    candles = _count(options.pop("candles")) if "candles" in options else None
    name = plain[0].strip().lower().replace("-", "_")
    return _Asked(name, symbols, timeframe or Timeframe.H1, options, candles)


def _options(words: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in words:
        match = _OPTION.fullmatch(word)
        if match is None:
            raise BadArgument(f"'{word[:40]}' is no parameter; write it as fast=20. {USAGE}")
        name = match[1].lower()
        if name in found:
            raise BadArgument(f"'{name}' is there twice. {USAGE}")
        found[name] = match[2]
    return found


def _count(text: str) -> int:
    # isdecimal() takes the figures of all scripts, and so does int(); a limit bounds the length.
    count = int(text) if text.isdecimal() and len(text) < 10 else 0
    if not LEAST_CANDLES <= count <= MOST_CANDLES:
        raise BadArgument(
            f"candles={text} must be a whole number from {LEAST_CANDLES} to {MOST_CANDLES}."
        )
    return count


def _timeframe(word: str) -> Timeframe | None:
    try:
        return Timeframe.parse(word)
    except BadArgument:
        return None
