"""Symbols of one frozen market, ranked by a factor: the desk's side of `rank`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.errors import MarketError, MarketUnavailable
from desk.fingerprints import fingerprint_of
from desk.lab import Lab
from desk.snapshot import Snapshot
from trading.candles import Candles, Timeframe
from trading.errors import BadArgument, ConclaveError
from trading.factor_names import KINDS, FactorName
from trading.factors import Measured, Profile, Refused, measure, window
from trading.symbols import exchange_of, on_exchange, quote_of

MOST_SYMBOLS = 30
MAJORS = (
    "BTC", "ETH", "BNB", "SOL", "XRP", "DOGE", "ADA", "TRX", "AVAX", "LINK",
    "DOT", "LTC", "BCH", "XLM", "UNI",
)  # fmt: skip
USUAL_QUOTES = ("USDT", "USD", "USDC", "EUR")
MARKET = "BTC"
PATIENCE = 20.0  # seconds, for all symbols together
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ranking:
    """Profiles in the order of their rank; those without the factor come last.

    `asked`: the symbols as they were asked for, empty for the usual list; `candles`: how many of
    `timeframe` the window has; `market`: what beta and correlation are to.
    """

    by: FactorName
    timeframe: Timeframe
    asked: tuple[str, ...]
    profiles: tuple[Profile, ...]
    refused: tuple[Refused, ...]
    candles: int
    market: str

    @property
    def as_of(self) -> datetime:
        """When the newest candle of all closed."""
        return max(profile.as_of for profile in self.profiles)

    @property
    def days(self) -> float:
        """Length of the window."""
        return self.candles * self.timeframe.ms / Timeframe.D1.ms


async def usual_symbols(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the majors that the market lists, in the first usual quote that has two of them.

    Errors: MarketUnavailable when its list can't be had, BadArgument where it lists none.
    """
    listed = set(await snapshot.symbols())
    for quote in USUAL_QUOTES:
        found = tuple(f"{base}/{quote}" for base in MAJORS if f"{base}/{quote}" in listed)
        if len(found) > 1:
            return found
    raise BadArgument(
        f"{snapshot.name} lists none of the usual coins. Name what to rank, such as "
        "/rank BTC/USDT ETH/USDT."
    )


async def ranked(
    snapshot: Snapshot,
    lab: Lab,
    symbols: Sequence[str],
    timeframe: Timeframe,
    by: FactorName,
) -> Ranking:
    """Rank symbols by a factor; none: the usual ones.

    All are fetched at once; one that fails is named in `refused`, and the others go on.
    Errors: BadArgument for too many symbols or a timeframe that is not ranked; when none can be
    measured, BadArgument with the reasons, or MarketUnavailable where the market is down.
    """
    count = window(timeframe)
    asked = tuple(dict.fromkeys(symbols))
    if len(asked) > MOST_SYMBOLS:
        raise BadArgument(f"{len(asked)} symbols are too many, {MOST_SYMBOLS} at most.")
    chosen = asked or await usual_symbols(snapshot)
    quote = quote_of(chosen[0])
    market = on_exchange(exchange_of(chosen[0]), f"{MARKET}/{quote}")
    alike = [symbol for symbol in chosen if quote_of(symbol) == quote]
    base, *fetched = await asyncio.gather(
        *(_fetch(snapshot, symbol, timeframe, count + 1) for symbol in (market, *alike))
    )
    whole = [one for one in fetched if isinstance(one, Candles)]
    reference = base if isinstance(base, Candles) else f"{market}: {base.text}"
    key = (timeframe, _told_apart(base), *map(_told_apart, whole), quote)
    measured: Measured = await lab.run(
        ("rank", snapshot.name, *key), lambda: measure(whole, reference, quote)
    )
    reasons = {one.symbol: one.reason for one in measured.refused}
    reasons |= {one.symbol: one.text for one in fetched if isinstance(one, _Failed)}
    reasons |= {
        symbol: f"it is quoted in {quote_of(symbol)}, the first one in {quote}"
        for symbol in chosen
        if quote_of(symbol) != quote
    }
    refused = tuple(
        Refused(symbol, _plain(symbol, reasons[symbol])) for symbol in chosen if symbol in reasons
    )
    if not measured.profiles:
        _refuse_all(refused, [one for one in fetched if isinstance(one, _Failed)])
    return Ranking(by, timeframe, asked, in_order(measured, by), refused, count, market)


def in_order(measured: Measured, by: FactorName) -> tuple[Profile, ...]:
    """Sort by a factor as its kind says; equal values keep their order, unknown ones come last."""
    sign = -1.0 if KINDS[by].highest else 1.0

    def place(profile: Profile) -> tuple[bool, float]:
        value = profile.value(by)
        return value is None, 0.0 if value is None else sign * value

    return tuple(sorted(measured.profiles, key=place))


@dataclass(frozen=True)
class _Failed:
    """A symbol whose candles could not be had; `down`: the market's fault, not the symbol's."""

    symbol: str
    text: str
    down: bool = False


async def _fetch(
    snapshot: Snapshot, symbol: str, timeframe: Timeframe, count: int
) -> Candles | _Failed:
    try:
        async with asyncio.timeout(PATIENCE):
            return await snapshot.candles(symbol, timeframe, count)
    except TimeoutError:
        return _Failed(symbol, f"no candles within {PATIENCE:.0f} s. Try again.", down=True)
    except ConclaveError as error:
        return _Failed(symbol, str(error), down=isinstance(error, MarketUnavailable))
    except Exception:
        logger.exception("candles of %s failed", symbol)  # The other symbols go on.
        return _Failed(symbol, "its candles could not be read")


def _refuse_all(refused: Sequence[Refused], failed: Sequence[_Failed]) -> None:
    if failed and all(one.down for one in failed) and len(failed) == len(refused):
        raise MarketUnavailable(failed[0].text)
    told = "\n".join(f"{one.symbol}: {one.reason}" for one in refused[:5])
    raise (MarketError if failed else BadArgument)(f"None of these can be ranked.\n{told}")


def _plain(symbol: str, reason: str) -> str:
    """Take the symbol from the start of a reason, which stands behind it."""
    return reason.removeprefix(symbol).lstrip(" :") if reason.startswith(symbol) else reason


def _told_apart(candles: Candles | _Failed) -> tuple[str, ...]:
    if isinstance(candles, _Failed):
        return (candles.symbol, candles.text)
    return (fingerprint_of(candles),)
