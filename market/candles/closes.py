"""When candles close: by the exchange's clock, so it needs no message and holds for every one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from desk.ports import Series
from trading.candles import from_ms

# An exchange's last trades of a candle reach its list of candles a moment after the close.
SETTLED_MS = 1_000


async def closed(
    since: Mapping[Series, datetime],
    now_ms: Callable[[], int],
    settled_ms: int = SETTLED_MS,
) -> dict[Series, datetime]:
    """Wait until a candle of one of these closed after its time, and can be asked for.

    Return every series of which one did, with its newest close. `now_ms`: the exchange's time;
    `settled_ms` after a close its candle can be asked for. Waits for ever for none.

    A stream of candles would say no more: through ccxt it shows a close by the first message of
    the next candle, and it must be opened for each symbol and timeframe, while the clock tells of
    all of them. The row itself is asked for either way, so that the store holds one truth.
    """
    if not since:
        await asyncio.Event().wait()
    while True:
        settled = now_ms() - settled_ms
        closes = {one: from_ms(one[1].last_close(settled)) for one in since}
        done = {one: at for one, at in closes.items() if at > since[one]}
        if done:
            return done
        following = min(frame.last_close(settled) + frame.ms for _, frame in since)
        await asyncio.sleep(max(0.01, (following - settled) / 1000))
