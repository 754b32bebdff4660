"""An order as people write it: the symbol first, then its words in any order.

    BTC/USDT 150 3% 5%
    BTC/USDT 0.01 BTC limit 26000 stop 25000 target 5% 3x until 18:00
    BTC/USDT half limit 30000        (what closes or reduces)

Nothing is guessed: what could mean two things is refused, and the message says how to write it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tools.arguments import LEAST_FRACTION, parse_symbol, read_number
from tools.order_ends import read_end
from trading.errors import BadArgument
from trading.orders import Draft, EntryKind, Side
from trading.symbols import base_of, quote_of

DOLLARS = frozenset({"USDT", "USDC", "USD", "FDUSD", "BUSD"})
NONE = frozenset({"none", "off", "no"})
REDUCE = ("reduce", "reduce-only")
MOST_WORDS = 40
_SPACED = (
    (re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3})"), ""),  # thousands, as the cards write them
    (re.compile(r"(?<=\d)\s+%"), "%"),
    (re.compile(r"\b(stop)[\s_](entry|limit|loss)\b", re.I), r"\1-\2"),
    (re.compile(r"\b(take|trailing)[\s_](profit|stop)\b", re.I), r"\1-\2"),
    (re.compile(r"\breduce[\s_]only\b", re.I), "reduce-only"),
    (re.compile(r"@"), " limit "),
    (re.compile(r"×"), "x"),
)
_FIGURE = re.compile(r"(\$?)(-?[\d.,]+)([a-z]*)", re.I | re.A)
_HEAD, _TAIL = re.compile(r"\$?\d{1,3}", re.A), re.compile(r"\d{3}(?![\d,%x])", re.A)
_TIMES = re.compile(r"(?:x([\d.,]+)|([\d.,]+)x)", re.I | re.A)


@dataclass(frozen=True)
class Written:
    """An order that was written: `share` is the part of what is held that it is about, if said."""

    draft: Draft
    share: Decimal | None = None


def read_order(
    text: str, side: Side, now: datetime, usage: str, *, reduce: bool = False
) -> Written:
    """Read what follows /buy or /short; with `reduce` what follows /sell.

    A number alone is an amount in the quote currency, and after it the first percentage is the
    stop, the second the target; with `reduce` a percentage is the share of what is held. Raises
    BadArgument, which ends with the usage, for everything that is no clear order.
    """
    reader = _Reader(text, now, reduce=reduce)
    return _told(lambda: reader.read(side), usage)


def read_part(text: str, usage: str) -> Written:
    """Read what follows /close: a symbol, and perhaps how much of it; a number is base units."""
    reader = _Reader(text, None, reduce=True, in_base=True)
    return _told(lambda: reader.read("sell"), usage)


def _told(read: Callable[[], Written], usage: str) -> Written:
    try:
        return read()
    except (BadArgument, ValueError) as error:
        told = str(error).rstrip(".")
        told = f"{told[:1].upper()}{told[1:]}"
        raise BadArgument(f"{told}{'' if told.endswith('?') else '.'} {usage}") from None


class _Reader:
    """Goes through the words once; each sets a field, and no field is set twice."""

    def __init__(
        self, text: str, now: datetime | None, *, reduce: bool, in_base: bool = False
    ) -> None:
        for pattern, plain in _SPACED:
            text = pattern.sub(plain, text)
        self._words = text.replace("=", " ").split()
        self._at = 0
        self._now = now
        self._reduce = reduce or any(word.lower() in REDUCE for word in self._words)
        self._in_base = in_base
        self._base = self._quote = ""
        self._said: dict[str, object] = {}

    def read(self, side: Side) -> Written:
        if not self._words or len(self._words) > MOST_WORDS:
            raise BadArgument("What should be ordered?" if not self._words else "Too many words")
        first = self._words[0]
        if len(self._words) > 1 and (first.endswith("%") or re.fullmatch(r"\$?[\d.,]+", first)):
            raise BadArgument(f"The symbol comes first, then how much: BTC/USDT {first}")
        symbol = parse_symbol(first)
        self._base, self._quote = base_of(symbol), quote_of(symbol)
        self._at = 1
        while self._at < len(self._words):
            self._word()
        share = self._said.pop("share", None)
        said = {**self._said, "reduce_only": self._reduce}
        draft = Draft.model_validate({"symbol": symbol, "side": side, "strategy": "manual", **said})
        return Written(draft, share if isinstance(share, Decimal) else None)

    def _word(self) -> None:
        word = self._words[self._at]
        keyword = self._keywords().get(word.lower())
        if keyword is not None:
            self._at += 1
            keyword()
        elif word.endswith("%"):
            self._percentage(self._percent(word))
            self._at += 1
        elif (times := _TIMES.fullmatch(word)) and self._base != "X":
            self._set("leverage", read_number(times[1] or times[2]))
            self._at += 1
        else:
            self._size()

    def _keywords(self) -> Mapping[str, Callable[[], None]]:
        size: Mapping[str, Callable[[], None]] = {
            "half": lambda: self._share(Decimal("0.5")),
            "all": lambda: self._share(Decimal(1)),
        }
        if self._now is None:
            return size
        return {
            **size,
            "market": lambda: self._set("kind", "market"),
            "limit": lambda: self._entry("limit", "price"),
            "stop-entry": lambda: self._entry("stop", "price"),
            "stop-limit": lambda: self._entry("stop_limit", "price", "limit"),
            **dict.fromkeys(("stop", "stop-loss", "sl"), lambda: self._exit("stop")),
            **dict.fromkeys(("target", "take-profit", "tp"), lambda: self._exit("target")),
            **dict.fromkeys(("trail", "trailing", "trailing-stop"), self._trail),
            **dict.fromkeys(("leverage", "lev"), self._leverage),
            **dict.fromkeys(("until", "gtd"), self._until),
            "gtc": lambda: self._set("until", None),
            **dict.fromkeys(REDUCE, lambda: self._set("reduce_only", True)),
        }

    def _entry(self, kind: EntryKind, *names: str) -> None:
        self._set("kind", kind)
        for name in names:
            self._set(name, self._price(kind, more_follow=name != names[-1]))

    def _exit(self, name: str) -> None:
        if self._reduce:
            better = "limit" if name == "target" else "stop-entry"
            raise BadArgument(
                f"What reduces has no {name} of its own. To close at a price, write {better} 26000"
            )
        word = self._next(f"{name} 3% or {name} 26000")
        if word.lower() in NONE or word.endswith("%"):
            fraction = Decimal(0) if word.lower() in NONE else self._percent(word)
            self._once(name)
            checked = _below_one(name, fraction) if name == "stop" else fraction
            self._set(f"{name}_fraction", checked)
            self._at += 1
            return
        self._once(name)
        self._set(f"{name}_price", self._price(name))

    def _once(self, name: str) -> None:
        if {f"{name}_fraction", f"{name}_price"} & self._said.keys():
            raise BadArgument(f"The {name} is given twice")

    def _trail(self) -> None:
        if self._reduce:
            raise BadArgument("A trailing stop is given with the entry: /buy BTC/USDT 150 trail 4%")
        word = self._next("trail 4%")
        if not word.endswith("%"):
            raise BadArgument(f"'{word[:40]}' is no distance of a trailing stop; write trail 4%")
        self._set("trail_fraction", _below_one("trailing stop", self._percent(word)))
        self._at += 1

    def _leverage(self) -> None:
        word = self._next("leverage 3")
        self._set("leverage", read_number(word.lower().strip("x")))
        self._at += 1

    def _until(self) -> None:
        assert self._now is not None  # noqa: S101 - the keyword is not known without
        end, taken = read_end(self._words[self._at :], self._now)
        self._set("until", end)
        self._at += taken

    def _size(self) -> None:
        word = self._words[self._at]
        found = _FIGURE.fullmatch(word)
        if found is None:
            if not self._said:
                raise BadArgument(f"'{word[:40]}' is no amount; write it as 150 or 150usdt")
            raise BadArgument(f"'{word[:40]}' is no word of an order")
        number, unit = read_number(found[2]), self._unit(found)
        if unit == self._base:
            self._set_size("quantity", number)
        elif unit == self._quote:
            self._set_size("notional", number)
        else:
            raise BadArgument(f"'{unit[:40]}' is neither {self._base} nor {self._quote}")

    def _unit(self, found: re.Match[str]) -> str:
        """Return what a number counts, written with it or after it; moves on."""
        self._refuse_split()
        self._at += 1
        unit = found[3].upper()
        if not unit and self._at < len(self._words):
            following = self._words[self._at].upper()
            if following in (self._base, self._quote) or following in DOLLARS:
                unit = following
                self._at += 1
        if (found[1] or unit in DOLLARS) and self._quote in DOLLARS and unit != self._base:
            return self._quote
        if found[1]:
            return "$"
        return unit or (self._base if self._in_base else self._quote)

    def _set_size(self, name: str, value: Decimal) -> None:
        given = {"quantity", "notional", "share"} & self._said.keys()
        if given:
            raise BadArgument(
                f"The size is given twice; '{value.normalize():f}' needs a word before it, such "
                "as stop or limit"
            )
        self._set(name, value)

    def _share(self, share: Decimal) -> None:
        if not self._reduce:
            raise BadArgument("Half and all are parts of what is held: for /sell and /close")
        self._set_size("share", share)

    def _percentage(self, fraction: Decimal) -> None:
        if self._reduce:
            if fraction > 1:
                raise BadArgument("More than 100 % of what is held can't be closed")
            self._set_size("share", fraction)
        elif not {"quantity", "notional"} & self._said.keys():
            word = self._words[self._at]
            raise BadArgument(
                f"'{word}' of what? A size is in {self._quote} or {self._base}, such as 150; "
                f"write stop {word} or target {word} for those"
            )
        elif not {"stop_fraction", "stop_price", "trail_fraction"} & self._said.keys():
            self._set("stop_fraction", _below_one("stop", fraction))
        else:
            self._once("target")
            self._set("target_fraction", fraction)

    def _percent(self, word: str) -> Decimal:
        fraction = read_number(word[:-1]) / 100
        if not LEAST_FRACTION <= fraction < 10:
            raise BadArgument(f"{word[:40]} must be between 0.01 % and 1000 %")
        return fraction

    def _price(self, name: str, *, more_follow: bool = False) -> Decimal:
        spoken = name.replace("_", "-")
        example = "27500 27600" if name == "stop_limit" else "26000"
        word = self._next(f"{spoken} {example}")
        found = _FIGURE.fullmatch(word)
        if found is None:
            raise BadArgument(f"'{word[:40]}' is no price of a {spoken}; write it as 26000")
        price = read_number(found[2])
        if found[3] and found[3].upper() not in {self._quote, *DOLLARS}:
            raise BadArgument(f"'{word[:40]}' is no price; write it as {price.normalize():f}")
        if not more_follow:
            self._refuse_split()
        self._at += 1
        return price

    def _refuse_split(self) -> None:
        """Refuse `26 905`: one number in two words, or two numbers?"""
        pair = self._words[self._at : self._at + 2]
        if len(pair) == 2 and _HEAD.fullmatch(pair[0]) and _TAIL.match(pair[1]):
            raise BadArgument(
                f"'{pair[0]} {pair[1][:20]}' could be one number: write "
                f"{pair[0]}{pair[1][:20]}, or put the size right after the symbol"
            )

    def _next(self, example: str) -> str:
        if self._at >= len(self._words):
            raise BadArgument(f"Something is missing at the end; write {example}")
        return self._words[self._at]

    def _set(self, name: str, value: object) -> None:
        if name in self._said:
            raise BadArgument(f"The {_SPOKEN.get(name, name)} is given twice")
        self._said[name] = value


_SPOKEN = {
    "kind": "kind of the order",
    "reduce_only": "word reduce",
    "until": "end",
    "trail_fraction": "trailing stop",
    "stop_fraction": "stop",
    "target_fraction": "target",
    "share": "part",
}


def _below_one(name: str, fraction: Decimal) -> Decimal:
    if fraction >= 1:
        raise BadArgument(f"The {name} must be below 100 % (3% means three percent)")
    return fraction
