"""Argument types of tools: parsed and clamped at the edge, whoever calls."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from desk.figures import grouped
from trading.candles import Timeframe
from trading.coins import COIN_NAMES, TICKERS
from trading.errors import BadArgument
from trading.orders import EntryKind
from trading.symbols import on_exchange

DEFAULT_QUOTE = "USDT"
QUOTES = ("USDT", "USDC", "FDUSD", "BUSD", "USD", "EUR", "GBP", "TRY", "BTC", "ETH", "BNB")
MOST = Decimal(10**12)
LEAST_FRACTION = Decimal("0.0001")
MOST_LEVERAGE = Decimal(20)
LEAST_HOURS, MOST_HOURS = Decimal("0.25"), Decimal(90 * 24)
MOST_AHEAD = 48
_NUMBER = re.compile(
    r"-?(?:(?:\d{1,30}|[1-9]\d{0,2}(?:,\d{3}){1,9})(?:\.\d{0,20})?|\.\d{1,20})", re.A
)
_SYMBOL = re.compile(r"(?:([A-Z][A-Z0-9]{1,24}):)?([A-Z0-9]{1,15}(?:[/\-_][A-Z0-9]{1,15})?)", re.A)
# As ccxt writes what is no spot market: BTC/USDT:USDT, BTC/USD:BTC-260327.
_SWAP = re.compile(r"(?:[A-Z0-9]{2,25}:)?([A-Z0-9]{1,15}/[A-Z0-9]{1,15}):[A-Z0-9-]{1,40}", re.A)


def parse_symbol(text: str) -> str:
    """Read what a person writes (`btc`, `BTCUSDT`, `eth-usd`, `bitcoin`) as `BASE/QUOTE`.

    A symbol of another exchange than the default keeps its ccxt id: `KRAKEN:btc-usd` is
    `kraken:BTC/USD`.
    """
    word = text.strip().lstrip("$").upper()
    if "+" in word:
        raise ValueError(f"one symbol only, such as BTC/USDT, not {text[:40]}")
    found = _SYMBOL.fullmatch(word)
    if not found:
        if swap := _SWAP.fullmatch(word):
            raise ValueError(f"{text[:60]} is no spot market, but a swap or future of {swap[1]}")
        raise ValueError(f"'{text[:40]}' is no symbol; write it as BTC/USDT")
    exchange, pair = found[1] or "", found[2]
    coin = COIN_NAMES.get(exchange, exchange)
    if coin in TICKERS and pair.isalnum():
        raise ValueError(f"'{text[:40]}' is no symbol; did you mean {coin}/{pair}?")
    return on_exchange(exchange.lower(), _pair(pair))


def without_exchange(text: str, exchange: str) -> str:
    """Take the default exchange's id off the symbols in a text: they are the same without it.

    So everybody has one name for a symbol, and nobody holds two positions of one thing.
    """
    if not exchange or ":" not in text:
        return text
    own = rf"(?<![A-Za-z0-9:/.@]){re.escape(exchange)}:(?=\$?[A-Za-z0-9])"
    return re.sub(own, "", text, flags=re.IGNORECASE | re.ASCII)


def _pair(word: str) -> str:
    parts = re.split(r"[/\-_]", word)
    if len(parts) == 2:
        return f"{COIN_NAMES.get(parts[0], parts[0])}/{parts[1]}"
    for quote in QUOTES:
        if word.endswith(quote) and len(word) > len(quote) + 1:
            base = word[: -len(quote)]
            return f"{COIN_NAMES.get(base, base)}/{quote}"
    return f"{COIN_NAMES.get(word, word)}/{DEFAULT_QUOTE}"


def _timeframe(value: object) -> Timeframe:
    try:
        return Timeframe.parse(str(value))
    except BadArgument as error:
        raise ValueError(str(error).rstrip(".")) from None


@dataclass(frozen=True)
class Example:
    """A mark on an argument's type: how its value is written, such as `2%`."""

    text: str


@dataclass(frozen=True)
class Listed:
    """A mark on an argument's type: it takes up to `most` words, wherever they stand."""

    most: int


@dataclass(frozen=True)
class StrategyChoice:
    """Names the strategies in the model's schema.

    `names` None: the built-in ones, which are loaded only when the schema is asked for.
    """

    names: tuple[str, ...] | None = None

    @property
    def known(self) -> tuple[str, ...]:
        return _built_in_names() if self.names is None else self.names

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(core_schema), "enum": list(self.known)}


def _built_in_names() -> tuple[str, ...]:
    from trading.strategies.catalogue import built_in

    return built_in().names


def _strategy(value: str) -> str:
    name = re.sub(r"[-\s]+", "_", value.strip().lower())[:40]
    if not name.isidentifier():
        raise ValueError(f"'{value[:40]}' is no strategy")
    return name


def read_number(text: str) -> Decimal:
    """Read a number as people write it: `150`, `26,000.5`, `.5`; ValueError for all else.

    Only whole groups of three are thousands: `1,5` and `0,001` could mean something else.
    """
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"'{text[:40]}' is no amount; write it as 150 or 150usdt")
    number = Decimal(text.replace(",", ""))
    if not 0 < number <= MOST:
        raise ValueError(_out_of_range(text[:40]))
    return number


def _out_of_range(text: str) -> str:
    if text.startswith("-") or not Decimal(text.replace(",", "")):
        return f"a number must be above zero, not {text}"
    return f"a number must be at most {grouped(MOST, 0)}, not {text}"


def _decimal(value: object) -> Decimal:
    if isinstance(value, str):
        text = re.sub(r"(?i)\s*usdt?$|^\$\s*", "", value.strip())
        return read_number(text)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"'{str(value)[:40]}' is no amount; write it as 150") from None
    if not number.is_finite() or not 0 < number <= MOST:
        raise ValueError(_out_of_range(str(value)[:40]))
    return number


def _fraction(value: object) -> Decimal:
    text = str(value).strip()
    percent = text.endswith("%")
    number = _decimal(text.removesuffix("%").rstrip() if percent else value)
    number = number / 100 if percent else number
    if number >= 1:
        raise ValueError(f"must be below 1 (0.03 or 3% means three percent), not {text[:40]}")
    return max(number, LEAST_FRACTION)


def _leverage(value: object) -> Decimal:
    return min(max(_decimal(value), Decimal(1)), MOST_LEVERAGE)


def _hours(value: object) -> Decimal:
    return min(max(_decimal(value), LEAST_HOURS), MOST_HOURS)


@dataclass(frozen=True)
class FactReference:
    """A mark on an argument's type: it is the id of a fact that a tool gave."""


def _fact_id(value: object) -> str:
    found = re.fullmatch(r"\{{0,2}\s*[fF](\d{1,9})\s*\}{0,2}", str(value).strip(), re.ASCII)
    if found is None:
        raise ValueError(f"'{str(value)[:40]}' is no fact's id; write it as f12")
    return f"f{found[1]}"


FactId = Annotated[
    str, BeforeValidator(_fact_id), WithJsonSchema({"type": "string"}), FactReference()
]
Symbol = Annotated[str, AfterValidator(parse_symbol), Field(max_length=60)]
TimeframeArgument = Annotated[
    Timeframe,
    BeforeValidator(_timeframe),
    WithJsonSchema({"type": "string", "enum": [member.value for member in Timeframe]}),
]
StrategyName = Annotated[str, AfterValidator(_strategy), StrategyChoice()]
SideArgument = Literal["buy", "sell"]
KindArgument = EntryKind
Money = Annotated[Decimal, BeforeValidator(_decimal), WithJsonSchema({"type": "number"})]
Fraction = Annotated[Decimal, BeforeValidator(_fraction), WithJsonSchema({"type": "number"})]
Leverage = Annotated[Decimal, BeforeValidator(_leverage), WithJsonSchema({"type": "number"})]
Hours = Annotated[Decimal, BeforeValidator(_hours), WithJsonSchema({"type": "number"})]
