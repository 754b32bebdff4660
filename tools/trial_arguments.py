"""Argument types of a backtest: its symbols, the strategy's own parameters, and its rules.

A number that was not given is None, and the desk's own rule holds; 0 means none of it (no stop, no
fee), which people write as `none` or `off`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from tools.arguments import Example, parse_symbol

MOST_SYMBOLS = 10
LEAST_CANDLES, MOST_CANDLES = 50, 20_000  # a market hands out no more than that at once
NONE_WORDS = frozenset({"none", "off", "no", "never"})
YES_WORDS = frozenset({"yes", "on", "true", "1"})
WEIGHTS = {
    "equal": "equal",
    "inverse": "inverse_volatility",
    "inverse_volatility": "inverse_volatility",
}
MOST_BARE_FUNDING = 0.001  # 0.1 % each eight hours is more than twice a year's worth
NO_WORDS = frozenset({"no", "off", "none", "false", "0"})
_NUMBER = re.compile(r"[+-]?(?:\d{1,12}(?:\.\d{0,15})?|\.\d{1,15})", re.ASCII)
_JOINED = re.compile(r"\s*\+\s*")
_PAIR = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,30})\s*=\s*([^\s,;=]{1,40})[\s,;]*", re.ASCII)


def parse_symbols(text: str) -> str:
    """Read one symbol or several joined by `+`, each once, as `BTC/USDT+ETH/USDT`."""
    found = [parse_symbol(part) for part in _JOINED.split(text.strip())]
    if len(found) > MOST_SYMBOLS:
        raise ValueError(f"{len(found)} symbols are too many, {MOST_SYMBOLS} at most")
    twice = [symbol for place, symbol in enumerate(found) if symbol in found[:place]]
    if twice:
        raise ValueError(f"{twice[0]} is there twice")
    return "+".join(found)


def _symbols(value: object) -> str:
    if isinstance(value, list | tuple):
        value = "+".join(map(str, value))
    if not isinstance(value, str):
        raise ValueError("write it as BTC/USDT, or several as BTC/USDT+ETH/USDT")
    return parse_symbols(value)


def _parameters(value: object) -> Mapping[str, str]:
    """Read `fast=20 slow=100`, or a mapping of a model's; values stay texts."""
    if value is None or value == "":
        return {}
    if isinstance(value, Mapping):
        return {str(name)[:40]: str(each)[:40] for name, each in value.items()}
    found: dict[str, str] = {}
    text, at = str(value).strip().strip("{}"), 0
    while at < len(text):
        match = _PAIR.match(text, at)
        if not match:
            raise ValueError(
                f"'{text[at : at + 40]}' is no parameter; write it as fast=20 slow=100"
            )
        if match[1].lower() in found:
            raise ValueError(f"'{match[1]}' is there twice")
        found[match[1].lower()], at = match[2], match.end()
    return found


def _number(value: object, example: str) -> float:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise ValueError(f"'{str(value)[:40]}' is no number; write it as {example}")


def _is_none(value: object) -> bool:
    return isinstance(value, str) and value.strip().lower() in NONE_WORDS


def _within(value: float, field: str, told: str) -> float:
    """Hold a rule to the range that trading.backtest allows; `told` writes a number."""
    # It loads compiled code, which must not be in the way of the bot's start.
    from trading.backtest import BOUNDS

    least, most = BOUNDS[field]
    if not least <= value <= most:
        shown = [told.format(bound * 100 if "%" in told else bound) for bound in (least, most)]
        raise ValueError(f"must lie between {shown[0]} and {shown[1]}")
    return value


def _share(field: str, example: str, most_bare: float = 1.0) -> BeforeValidator:
    """Read `2%`, `0.02` or `none` for a rule that is a fraction.

    A bare number of `most_bare` or more is refused: it may be meant as percent.
    """

    def read(value: object) -> float | None:
        if value is None or _is_none(value):
            return value if value is None else 0.0
        text = value.strip() if isinstance(value, str) else value
        if isinstance(text, str) and text.endswith("%"):
            number = _number(text[:-1].rstrip(), example) / 100
        else:
            number = _number(text, example)
            if abs(number) >= most_bare:
                if abs(number) < 1:
                    raise ValueError(f"write {number:g}% or {number * 100:g}%, whichever is meant")
                raise ValueError(f"is that percent? Then write {number:g}%")
        return number if number == 0 else _within(number, field, "{:g}%")

    return BeforeValidator(read)


def _leverage(value: object) -> float | None:
    if value is None or _is_none(value):
        return value if value is None else 1.0
    text = value.strip().lower().removesuffix("x") if isinstance(value, str) else value
    return _within(_number(text, "3"), "leverage", "{:g}")


def _count(least: int, most: int, example: str) -> BeforeValidator:
    """Read a whole number of candles, or `none`."""

    def read(value: object) -> int | None:
        if value is None or _is_none(value):
            return value if value is None else 0
        number = _number(value.strip() if isinstance(value, str) else value, example)
        if number != int(number):
            raise ValueError(f"'{value}' is no whole number; write it as {example}")
        if number and not least <= number <= most:
            raise ValueError(f"must be between {least} and {most}, not {int(number)}")
        return int(number)

    return BeforeValidator(read)


def _yes(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in YES_WORDS | NO_WORDS:
        raise ValueError(f"must be yes or no, not {word[:40]}")
    return word in YES_WORDS


def _weights(value: object) -> object:
    if value is None:
        return None
    word = str(value).strip().lower()
    if word not in WEIGHTS:
        raise ValueError(f"must be equal or inverse (by volatility), not {word[:40]}")
    return WEIGHTS[word]


_AS_NUMBER = WithJsonSchema({"type": "number"})
_AS_COUNT = WithJsonSchema({"type": "integer"})

Symbols = Annotated[str, BeforeValidator(_symbols), Field(max_length=200)]
StrategyParameters = Annotated[
    Mapping[str, str] | None,
    BeforeValidator(_parameters),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": ["number", "string"]}}),
]
StopShare = Annotated[float | None, _share("stop_fraction", "2%"), _AS_NUMBER, Example("2%")]
TargetShare = Annotated[float | None, _share("target_fraction", "5%"), _AS_NUMBER, Example("5%")]
TrailShare = Annotated[float | None, _share("trail_fraction", "4%"), _AS_NUMBER, Example("4%")]
RiskShare = Annotated[float | None, _share("risk_fraction", "1%"), _AS_NUMBER, Example("1%")]
FundingRate = Annotated[
    float | None,
    _share("funding_rate", "0.01%", MOST_BARE_FUNDING),
    _AS_NUMBER,
    Example("0.01%"),
]
FeeRate = Annotated[float | None, _share("fee_rate", "0.1%"), _AS_NUMBER, Example("0.1%")]
SlippageRate = Annotated[float | None, _share("slippage", "0.05%"), _AS_NUMBER, Example("0.05%")]
Leverage = Annotated[float | None, BeforeValidator(_leverage), _AS_NUMBER, Example("3")]
HoldCandles = Annotated[int | None, _count(1, MOST_CANDLES, "48"), _AS_COUNT, Example("48")]
RebalanceCandles = Annotated[int | None, _count(1, MOST_CANDLES, "30"), _AS_COUNT, Example("30")]
CandleCount = Annotated[
    int | None, _count(LEAST_CANDLES, MOST_CANDLES, "5000"), _AS_COUNT, Example("5000")
]
YesNo = Annotated[
    bool | None, BeforeValidator(_yes), WithJsonSchema({"type": "boolean"}), Example("yes")
]
Weights = Annotated[
    Literal["equal", "inverse_volatility"] | None,
    BeforeValidator(_weights),
    WithJsonSchema({"type": "string", "enum": ["equal", "inverse"]}),
    Example("inverse"),
]
