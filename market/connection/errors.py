"""ccxt's errors in the desk's words: what failed, and what to do next."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import aiohttp
import ccxt.async_support as ccxt

from desk.errors import MarketError, MarketUnavailable, UnknownSymbol
from market.asking.retry_after import asked_wait
from trading.candles import to_ms

log = logging.getLogger(__name__)

LONGEST_PAUSE = 3 * 86_400.0
REFUSED_PLACE = (451, 403)
# What ccxt takes for any other refusal (Kraken says this of a pair that was taken off its list).
GONE = re.compile("unknown asset pair", re.IGNORECASE)


def note_status(error: Exception, status: int, headers: Mapping[str, str]) -> None:
    """Keep the HTTP status and the pause the exchange asked for on ccxt's error."""
    error.http_status = status  # type: ignore[attr-defined]  # ccxt's errors carry text only
    wait = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    error.retry_after = wait  # type: ignore[attr-defined]  # as above


def is_rate_limit(error: Exception) -> bool:
    return isinstance(error, ccxt.DDoSProtection | ccxt.RateLimitExceeded)


def pause_of(error: Exception, now: datetime) -> float | None:
    """Return the seconds a rate limit asks to wait; None when it doesn't say.

    Read from the Retry-After header, or from the body's "banned until <ms>" (Binance).
    """
    if not is_rate_limit(error):
        return None
    until = re.search(r"until (\d{13})", str(error))
    if until:
        seconds: float | None = (int(until[1]) - to_ms(now)) / 1000
    else:
        seconds = asked_wait(str(getattr(error, "retry_after", "")), now)
    return min(seconds, LONGEST_PAUSE) if seconds and seconds > 0 else None


def is_transient(error: Exception) -> bool:
    """Tell whether the same request may well succeed a moment later."""
    status = _status(error)
    if is_rate_limit(error) or (status is not None and status in (*REFUSED_PLACE, 400, 404)):
        return False
    if isinstance(error, ccxt.ExchangeError):
        broken = isinstance(error.__cause__, aiohttp.ClientError)
        return broken or (status is not None and status >= 500)
    return isinstance(error, ccxt.OperationFailed) and not isinstance(error, ccxt.OnMaintenance)


def in_desk_words(
    name: str, error: Exception, pause: float | None, *, moved: bool = False
) -> MarketError:
    """Return the desk's error for one of ccxt's (or for a crash inside ccxt's parsers).

    What the exchange itself says goes to the log alone: the desk's errors are read by models,
    and nobody vouches for a stranger's words. `moved`: it is asked at an address of its own.
    """
    log.info("%s failed (%s): %s", name, type(error).__name__, _short(str(error)))
    if isinstance(error, ccxt.BadSymbol) or GONE.search(str(error)):
        return UnknownSymbol(f"{name} knows no such symbol any more. Choose another one.")
    return MarketUnavailable(f"{name} {_what_and_next(error, pause, moved=moved)}")


def _what_and_next(error: Exception, pause: float | None, *, moved: bool) -> str:
    status = _status(error)
    code = f" (HTTP {status})" if status is not None and status >= 400 else ""
    if is_rate_limit(error):
        wait = f"in {pause:,.0f} s" if pause else "in a minute"
        return f"asks for a pause: too many requests{code}. Try again {wait}."
    if isinstance(error, ccxt.RestrictedLocation) or status in REFUSED_PLACE:
        return f"refuses requests from this place{code}. Choose another exchange."
    if isinstance(error, ccxt.InvalidNonce):
        return f"finds this computer's clock wrong{code}. Set it right and try again."
    if isinstance(error, ccxt.OnMaintenance):
        return f"is under maintenance{code}. Try again later."
    if isinstance(error, ccxt.RequestTimeout):
        return f"did not answer in time{code}. Try again in a moment."
    if isinstance(error, ccxt.AuthenticationError):
        return f"wants a key for this{code}. Choose another exchange."
    if isinstance(error, ccxt.NotSupported):
        return "does not offer this. Choose another exchange."
    if isinstance(error, ccxt.NullResponse | ccxt.BadResponse):
        return f"gave an empty or broken answer{code}. Try again in a moment."
    if status is None and isinstance(error, ccxt.NetworkError):
        return f"can't be reached. Check the network{', or EXCHANGE_API_BASE' if moved else ''}."
    if isinstance(error, ccxt.OperationFailed) or (status is not None and status >= 500):
        return f"has trouble of its own{code}. Try again in a moment."
    if isinstance(error, ccxt.BaseError):
        return f"{_refusal(error)}{code}. Try another symbol, timeframe or exchange."
    return "gave an answer that can't be read. Try again in a moment."


def _refusal(error: ccxt.BaseError) -> str:
    if isinstance(error, ccxt.BadRequest | ccxt.ArgumentsRequired):
        return "finds a fault in the request"
    return "refused the request"


def _status(error: Exception) -> int | None:
    status: Any = getattr(error, "http_status", None)
    return status if isinstance(status, int) else None


def _short(text: str) -> str:
    """Return one line of an exchange's message, without markup."""
    plain = re.sub(r"<[^>]*>", " ", text)
    return " ".join(plain.split())[:400]
