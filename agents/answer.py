"""The structured answer in which each run ends; the model sees this schema and its docs."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from tools.arguments import parse_symbol
from trading.candles import Timeframe
from trading.errors import BadArgument

Stance = Literal["long", "short", "flat", "none"]

HEADLINE_LENGTH = 200
REASON_LENGTH = 400
NO_VALUE = frozenset({"", "none", "null", "n/a", "-"})


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _fraction(value: object) -> object:
    """Read 0.03, "0.03", "3%" or "3 %" as Decimal("0.03"); nothing as None."""
    text = str(value).strip().lower() if value is not None else ""
    if text in NO_VALUE:
        return None
    try:
        number = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        raise ValueError(f"'{text[:40]}' is no number; write a fraction such as 0.03") from None
    if not number.is_finite():
        raise ValueError("must be a finite number such as 0.03")
    return number / 100 if text.endswith("%") else number


def _whole_number(value: object) -> object:
    """Read 4, 4.0, "4" or "4 candles" as 4; nothing as None."""
    text = str(value).strip().lower() if value is not None else ""
    if text in NO_VALUE:
        return None
    match = re.fullmatch(r"(\d{1,6})(?:\.0+)?(?:\s*\w+)?", text)
    if match is None:
        raise ValueError(f"'{text[:40]}' is no whole number of candles, such as 4")
    return int(match[1])


def _json_text(value: object) -> object:
    """Read a list or object that arrived as JSON text; leave everything else."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _sentence(value: object) -> object:
    if not isinstance(value, str):
        return value
    # Half a surrogate pair (a torn emoji) is valid JSON, but no text that can be stored or sent.
    whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return " ".join(whole.split())


def _order(value: object) -> object:
    if isinstance(value, str) and value.strip().lower() in NO_VALUE:
        return None
    return _json_text(value)


def _sentences(value: object) -> object:
    read = _json_text(value)
    return [read] if isinstance(read, str) else read


def _no_default(schema: dict[str, Any]) -> None:
    # A default of null beside the type "number" is more than some servers' grammars can take.
    schema.pop("default", None)


NUMBER: dict[str, Any] = {"type": "number"}
Distance = Annotated[Decimal, Field(gt=0, lt=1), BeforeValidator(_fraction)]
Sentence = Annotated[str, BeforeValidator(_sentence), Field(min_length=1)]


class OrderIdea(BaseModel):
    """Where to leave and how much to use; the desk prices, sizes and checks it."""

    model_config = ConfigDict(frozen=True)

    stop: Annotated[Distance | None, BeforeValidator(_fraction), WithJsonSchema(NUMBER)] = Field(
        None,
        description="distance of the stop from the entry as a fraction of it, such as 0.03",
        json_schema_extra=_no_default,
    )
    target: Annotated[
        Annotated[Decimal, Field(gt=0, le=5)] | None,
        BeforeValidator(_fraction),
        WithJsonSchema(NUMBER),
    ] = Field(
        None,
        description="distance of the target from the entry as a fraction of it, such as 0.05",
        json_schema_extra=_no_default,
    )
    size: Annotated[
        Annotated[Decimal, Field(gt=0, le=1)],
        BeforeValidator(lambda value: Decimal(1) if _fraction(value) is None else _fraction(value)),
        WithJsonSchema(NUMBER),
    ] = Field(
        Decimal(1),
        description="share of the size that the limits allow, above 0 and up to 1",
        json_schema_extra={"default": 1},
    )


class Answer(BaseModel):
    """Give the final answer; call this once, last and alone. Figures only as slots like {f12}."""

    model_config = ConfigDict(frozen=True)

    stance: Annotated[Stance, BeforeValidator(_lower)] = Field(
        description="long, short or flat when the question asks for a decision on a market; "
        "none when it asks for information only"
    )
    symbol: str = Field("", description="the symbol decided on, such as BTC/USDT; empty if none")
    timeframe: str = Field(
        "", description="the timeframe decided on, such as 1h; empty if there is none"
    )
    horizon: Annotated[
        Annotated[int, Field(ge=1, le=10_000)] | None,
        BeforeValidator(_whole_number),
        WithJsonSchema({"type": "integer"}),
    ] = Field(
        None,
        description="for how many candles the stance is meant",
        json_schema_extra=_no_default,
    )
    headline: Annotated[Sentence, Field(max_length=HEADLINE_LENGTH)] = Field(
        description="the answer in one sentence; figures only as slots such as {f12}"
    )
    reasons: Annotated[
        list[Annotated[Sentence, Field(max_length=REASON_LENGTH)]], BeforeValidator(_sentences)
    ] = Field(
        min_length=1,
        max_length=6,
        description="one to six sentences; name the quantity beside each slot: RSI(14) is {f3}",
    )
    order: Annotated[OrderIdea | None, BeforeValidator(_order)] = Field(
        None, description="stop, target and size; counts for long and short only"
    )

    @field_validator("symbol", mode="before")
    @classmethod
    def _read_symbol(cls, value: object) -> object:
        text = str(value).strip() if value is not None else ""
        return "" if text.lower() in NO_VALUE else parse_symbol(text)

    @field_validator("timeframe", mode="before")
    @classmethod
    def _read_timeframe(cls, value: object) -> object:
        text = str(value).strip() if value is not None else ""
        try:
            return "" if text.lower() in NO_VALUE else Timeframe.parse(text).value
        except BadArgument as error:
            raise ValueError(str(error)) from None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.stance != "none" and not (self.symbol and self.timeframe):
            raise ValueError(f"a stance of {self.stance} needs a symbol and a timeframe")
        return self
