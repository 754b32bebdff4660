"""Answers of exchanges in the shape of recorded ones, with made figures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from trading.candles import FloatArray


def kraken(
    pairs: Mapping[str, float],
    now: int,
    candles: FloatArray | None = None,
    cancel_only: Sequence[str] = (),
) -> dict[str, str]:
    """Return Kraken's public answers; `pairs` are prices by name, such as `XBT/USD`.

    `now` in seconds; `candles` (shape (n, 6), times in ms) are those of the first pair. Those of
    `cancel_only` are listed, but not traded.
    """
    ids = {name: name.replace("/", "") for name in pairs}
    first = next(iter(ids.values()))
    rows = [] if candles is None else [_kraken_row(row) for row in candles.tolist()]
    return {
        "AssetPairs": _kraken(
            {
                key: _kraken_pair(name, "cancel_only" if name in cancel_only else "online")
                for name, key in ids.items()
            }
        ),
        "Assets": _kraken({}),
        "Time": _kraken({"unixtime": now, "rfc1123": ""}),
        "Ticker": _kraken({ids[name]: _kraken_ticker(price) for name, price in pairs.items()}),
        "OHLC": _kraken({first: rows, "last": now}),
    }


def _kraken(result: object) -> str:
    return json.dumps({"error": [], "result": result})


def _kraken_pair(name: str, status: str) -> dict[str, Any]:
    base, quote = name.split("/")
    return {
        "altname": base + quote,
        "wsname": name,
        "aclass_base": "currency",
        "base": {"XBT": "XXBT", "XDG": "XXDG"}.get(base, base),
        "aclass_quote": "currency",
        "quote": {"USD": "ZUSD", "EUR": "ZEUR"}.get(quote, quote),
        "lot": "unit",
        "cost_decimals": 5,
        "pair_decimals": 1,
        "lot_decimals": 8,
        "lot_multiplier": 1,
        "leverage_buy": [],
        "leverage_sell": [],
        "fees": [[0, 0.4]],
        "fees_maker": [[0, 0.25]],
        "fee_volume_currency": "ZUSD",
        "ordermin": "0.00005",
        "costmin": "0.5",
        "tick_size": "0.1",
        "status": status,
    }


def _kraken_ticker(price: float) -> dict[str, Any]:
    return {
        "a": [f"{price + 0.1:.5f}", "1", "1.000"],
        "b": [f"{price - 0.1:.5f}", "1", "1.000"],
        "c": [f"{price:.5f}", "0.1"],
        "v": ["1", "10"],
        "p": [f"{price:.5f}"] * 2,
        "t": [10, 100],
        "l": [f"{price:.5f}"] * 2,
        "h": [f"{price:.5f}"] * 2,
        "o": f"{price:.5f}",
    }


def _kraken_row(row: list[float]) -> list[object]:
    time, opened, high, low, close, volume = row
    texts = [f"{value:.5f}" for value in (opened, high, low, close, close, volume)]
    return [int(time) // 1000, *texts, 10]


def okx(pairs: Mapping[str, float], now_ms: int, suspended: Sequence[str] = ()) -> dict[str, str]:
    """Return OKX's public answers; `pairs` are prices by name, such as `BTC-USD`.

    The ticker is the first pair's.
    """
    instruments = [
        {
            "instId": name,
            "instType": "SPOT",
            "baseCcy": name.split("-")[0],
            "quoteCcy": name.split("-")[1],
            "state": "suspend" if name in suspended else "live",
            "lotSz": "0.00000001",
            "minSz": "0.00001",
            "tickSz": "0.1",
            "maxLmtSz": "9999999999",
        }
        for name in pairs
    ]
    name, price = next(iter(pairs.items()))
    ticker = {
        "instId": name,
        "instType": "SPOT",
        "last": f"{price}",
        "bidPx": f"{price - 0.1:.1f}",
        "askPx": f"{price + 0.1:.1f}",
        "ts": f"{now_ms}",
    }
    return {
        "public/instruments": _okx(instruments),
        "public/time": _okx([{"ts": f"{now_ms}"}]),
        "market/ticker": _okx([ticker]),
        "market/candles": _okx([]),
        "market/history-candles": _okx([]),
    }


def _okx(data: object) -> str:
    return json.dumps({"code": "0", "msg": "", "data": data})


# What successes, failures and other exchanges' answers look like, whoever gives them.
ODD_BODIES: Mapping[str, str] = {
    "null": "null",
    "nothing": "",
    "a number": "12",
    "a list": "[]",
    "an object": "{}",
    "null lists": '{"code": 200, "message": null, "r": "1m", "c": null}',
    "null data": '{"code": "0", "msg": "", "data": null}',
    "null result": '{"error": [], "result": null}',
    "empty data": '{"code": "0", "msg": "", "data": []}',
    "empty result": '{"error": [], "result": {}}',
    "error inside": '{"code": "0", "msg": "", "data": [{"sCode": "51000", "sMsg": "error"}]}',
    "error in the list": '{"error": ["EGeneral:Internal error"], "result": {}}',
    "busy": '{"error": ["EService:Busy"]}',
    "too many requests": '{"error": ["EAPI:Rate limit exceeded"]}',
    "code of a rate limit": '{"code": "50011", "msg": "Too Many Requests", "data": []}',
    "named error": '{"error": {"message": "Invalid API Key.", "name": "HTTPError"}}',
    "strings for figures": '{"code": "0", "data": [{"last": "abc", "ts": "xyz"}]}',
    "html": "<html><body><h1>502 Bad Gateway</h1></body></html>",
    "half a body": '{"code": "0", "data": [{"last": "2',
}
