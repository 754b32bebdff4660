"""How figures are written, everywhere: one value, one spelling."""

from __future__ import annotations

from decimal import Decimal

from desk.chinese import UNITS, word_in
from desk.facts import Fact, Value
from desk.language import Language
from trading.measure import THIN_SPACE

CENTS = -2
COUNTS = frozenset({"candles", "days", "items", "positions", "trades"})
# From here on a Chinese reader counts in 亿 (hundred millions).
YI = 100_000_000
_UNSCALED = frozenset({"fraction", "points", "loss", "score"})
# Currencies whose amounts read best with two decimals; others keep significant digits.
TWO_DECIMALS = frozenset({"USDT", "USDC", "USD", "EUR", "FDUSD", "BUSD", "GBP"})


def show(fact: Fact, language: Language = Language.EN) -> str:
    """Write a fact's value with its unit: `58.2`, `+18.4 %`, `26 905 USDT`, `above`.

    In Chinese thousands are grouped by commas, amounts from a hundred million on stand in 亿, and
    words are translated: `26,905 USDT`, `12.35 亿 USDT`, `4 根K线`, `高于`.
    """
    return with_unit(fact.value, fact.unit, language)


def with_unit(value: Value, unit: str, language: Language = Language.EN) -> str:
    """Write a value with its unit; a text is a word, translated where it can be."""
    if isinstance(value, str):
        return word_in(value, language)
    if language is Language.ZH:
        return _in_chinese(value, unit)
    return _in_english(value, unit)


def _in_english(value: float | Decimal, unit: str) -> str:
    if unit == "fraction":
        return percent(value)
    if unit == "points":
        return f"{points(value)} points"
    if unit in COUNTS:
        return f"{grouped(int(value), 0)} {unit.removesuffix('s') if value == 1 else unit}"
    if not unit:
        return plain(value)
    if unit == "loss":
        return grouped(value, 4)
    if unit == "score":
        return score(value)
    return f"{price(value) if unit in TWO_DECIMALS else quantity(value)} {unit}"


def _in_chinese(value: float | Decimal, unit: str) -> str:
    """The figure of the English text, digit for digit, with the marks and units of Chinese."""
    if abs(float(value)) >= YI and unit not in _UNSCALED:
        text, written = f"{grouped(Decimal(str(value)) / YI, 2)} 亿", UNITS.get(unit, unit)
        return f"{text} {written}".rstrip().replace(THIN_SPACE, ",")
    text = _in_english(value, unit).replace(THIN_SPACE, ",")
    if unit not in UNITS:
        return text
    return f"{text.rpartition(' ')[0]} {UNITS[unit]}"


def points(fraction: float | Decimal) -> str:
    """Write a difference of two fractions in percentage points: -0.226 → `−22.6`."""
    return percent(fraction).removesuffix(" %")


def percent(fraction: float | Decimal, *, signed: bool = False) -> str:
    """Write a fraction as percent: 0.184 → `18.4 %`; small ones keep two digits."""
    value = float(fraction) * 100
    decimals = 2 if abs(value) < 10 else 1
    text = grouped(value, decimals)
    return f"{_plus(text) if signed else text} %"


def score(value: float | Decimal) -> str:
    """Write a number in [-1, 1] whose sign matters: `+0.21`, `0.00`, `−0.40`."""
    return _plus(grouped(value, 2))


def price(value: float | Decimal) -> str:
    """Write a price with about six significant digits: `26 905`, `0.08123`.

    A Decimal that was rounded to cents is an amount of money and keeps just those: `0.30`.
    """
    size = abs(float(value))
    if isinstance(value, Decimal) and size < 10 and value.as_tuple().exponent == CENTS:
        return grouped(value, 2)
    if size >= 10_000:
        return grouped(value, 0)
    if size >= 10 or size == 0:
        return grouped(value, 2)
    short = _significant(value, 5)
    decimals = len(short.partition(".")[2])
    return short if decimals >= 2 else grouped(value, 2)


def cents(value: Decimal) -> Decimal:
    """Round an amount of money for showing."""
    return value.quantize(Decimal("0.01"))


def money(value: float | Decimal, currency: str, *, signed: bool = False) -> str:
    """Write an amount of money with cents: `9 998.50 USDT`."""
    text = grouped(value, 2)
    return f"{_plus(text) if signed else text} {currency}"


def quantity(value: float | Decimal) -> str:
    """Write a quantity with all digits that it has, at most eight after the point."""
    text = grouped(value, 8)
    return text.rstrip("0").rstrip(".")


def plain(value: float | Decimal) -> str:
    """Write a number without a unit: an RSI, a ratio."""
    size = abs(float(value))
    if isinstance(value, int) or (size >= 1000 and size == int(size)):
        return grouped(value, 0)
    if size >= 100:
        return grouped(value, 1)
    return grouped(value, 2) if size < 10 else grouped(value, 1)


def grouped(value: float | Decimal, decimals: int) -> str:
    """Write with thin spaces between thousands and a real minus sign; no `−0.00`."""
    text = f"{Decimal(str(value)):,.{decimals}f}".replace(",", THIN_SPACE)
    if text.startswith("-") and not any(digit in "123456789" for digit in text):
        text = text[1:]
    return _minus(text)


def count_in(value: int, language: Language) -> str:
    """Write a count, its thousands grouped as the language does."""
    text = grouped(value, 0)
    return text if language is Language.EN else text.replace(THIN_SPACE, ",")


def _significant(value: float | Decimal, digits: int) -> str:
    text = f"{Decimal(str(value)):.{digits}g}"
    return _minus(f"{Decimal(text):f}")


def _plus(text: str) -> str:
    """Put a plus before what is above zero as it is written: a small loss is no `+0.00`."""
    positive = not text.startswith("−") and any(digit in "123456789" for digit in text)
    return f"+{text}" if positive else text


def _minus(text: str) -> str:
    return text.replace("-", "−")
