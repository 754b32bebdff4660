"""From the words after /limits to changed limits: `order 3%`, `block DOGE/USDT`, `careful`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from pydantic import ValidationError

from bot.cards.limit_change import NAMES, shown
from desk.protect import Choose
from tools.arguments import parse_symbol
from trading.bounds import PROFILE_NAMES, Limits
from trading.errors import BadArgument
from trading.limit_changes import with_profile

Change = Callable[[Limits], Limits]
Reader = Callable[[list[str]], Change]
USAGE = (
    "Usage: /limits order 3% · symbol 15% · loss 1% · daily loss 4% · leverage 2 · "
    "leverage other 1 · drawdown account 8% · drawdown analyst 4% · positions 5 · cooldown 30m · "
    "price age 15s · allow BTC/USDT ETH/USDT · block DOGE/USDT · careful, balanced or bold · "
    "default · suggest BTC/USDT 1h"
)
HELP = """\
Write /limits and one of these:
• order 3% – largest order, of equity
• symbol 15% – most in one symbol
• loss 1% – most that an order may lose at its stop
• daily loss 4% – entries end for the day
• leverage 2 – of crypto; leverage other 1
• drawdown account 8%, drawdown analyst 4%
• positions 5 – most open at once
• cooldown 30m – no new entry after a stop
• price age 15s – oldest price to enter on
• allow BTC/USDT ETH/USDT – only these; allow all
• block DOGE/USDT; unblock DOGE/USDT
• careful, balanced or bold – all of them at once
• default – the desk's own again
• suggest BTC/USDT 1h – a drawdown limit from a backtest"""
DEFAULT = "default"
DRAWDOWN = "drawdown"
EVERYTHING = ("all", "any")
NONE = ("none", "nothing", "off")
EACH = ("strategies", "strategy", "each", "all")
OWN = ("analyst", "manual")  # whose orders an account holds, beside strategies that trade
PERCENT = re.compile(r"([0-9]{1,6}(?:[.,][0-9]{1,6})?)(%?)")
TIMES = re.compile(r"([0-9]{1,4}(?:[.,][0-9]{1,4})?)[x×]?")
COUNT = re.compile(r"([0-9]{1,6})")
MINUTES = re.compile(r"([0-9]{1,6})(m|min|minutes?|h|hours?|d|days?)?")
SECONDS = re.compile(r"([0-9]{1,6})(s|sec|seconds?)?")
IN_MINUTES = {"m": 1, "h": 60, "d": 1440}


def changed_by(words: Sequence[str], strategies: Sequence[str] | None = None) -> Choose:
    """Read what a person typed as a change of limits; None as its result: the desk's own again.

    `strategies` are those that a drawdown may be set for; None: the built-in ones.

    Raises BadArgument, here or when the change is made, that says what is wrong and what to write.
    """
    if not words:
        raise BadArgument(USAGE)
    first, rest = words[0].lower(), list(words[1:])
    if first == DEFAULT and not rest:
        return lambda _: None
    if first in PROFILE_NAMES and not rest:
        return lambda now: with_profile(now, first)
    if first == DRAWDOWN:
        return _drawdown(rest, strategies)
    read = READERS.get(first)
    if read is None:
        raise BadArgument(f"'{words[0][:40]}' is no limit. {USAGE}")
    return read(rest)


def _set(field: str, value: object) -> Change:
    """Change one field; the other limits stay."""

    def change(now: Limits) -> Limits:
        return _checked({**dict(now), field: value}, field)

    return change


def _checked(values: Mapping[str, object], field: str) -> Limits:
    try:
        return Limits.model_validate(values)
    except ValidationError:
        raise BadArgument(f"The {NAMES[field]} must be {_range(field)}. {USAGE}") from None


def _range(field: str) -> str:
    """Say what a field may be, from its own declaration."""
    info = Limits.model_fields[field]
    kinds = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    found = [
        f"{words} {shown(field, value) if (value := getattr(bound, name)) else 0}"
        for bound in info.metadata
        for name, words in kinds.items()
        if hasattr(bound, name)
    ]
    return " and ".join(found) or "one of at most 100 symbols"


def _fraction(field: str) -> Reader:
    return lambda words: _set(field, _percent("".join(words)))


def _percent(text: str) -> Decimal:
    """Read `3%`, `3 %`, `2,5%` or `0.03`."""
    found = PERCENT.fullmatch(text)
    if not text:
        raise BadArgument(f"A percentage is missing; write it as 3%. {USAGE}")
    if found is None:
        raise BadArgument(f"'{text[:40]}' is no percentage; write it as 3%. {USAGE}")
    value = Decimal(found[1].replace(",", "."))
    if found[2]:
        return value / 100
    if value >= 1:
        raise BadArgument(f"Is {text} a percentage? Then write {text}%; 0.03 is 3 %.")
    return value


def _leverage(words: list[str]) -> Change:
    field = "max_leverage_crypto"
    if words and words[0].lower() in ("crypto", "other", "others"):
        field = f"max_leverage_{words.pop(0).lower().removesuffix('s')}"
    found = TIMES.fullmatch("".join(words).lower())
    if found is None:
        raise BadArgument(f"Write it as /limits leverage 2, or /limits leverage other 1. {USAGE}")
    return _set(field, Decimal(found[1].replace(",", ".")))


def _drawdown(words: list[str], strategies: Sequence[str] | None) -> Change:
    """Read whose drawdown: the account's, each strategy's, or one strategy's own."""
    if len(words) < 2:
        raise BadArgument(
            "Whose drawdown? Write /limits drawdown account 8%, /limits drawdown strategies 5%, "
            "or a strategy's own: /limits drawdown analyst 4%."
        )
    whose, value = words[0].lower(), "".join(words[1:]).lower()
    if whose == "account":
        return _set("account_drawdown", _percent(value))
    if whose in EACH:
        return _set("strategy_drawdown", _percent(value))
    if whose not in (known := (*OWN, *(_built_in() if strategies is None else strategies))):
        names = ", ".join(known)
        raise BadArgument(f"'{words[0][:40]}' is no strategy. Use one of {names}, or strategies.")
    own = None if value in (DEFAULT, *NONE) else _percent(value)

    def change(now: Limits) -> Limits:
        kept = {name: bound for name, bound in now.drawdowns.items() if name != whose}
        drawdowns = kept if own is None else {**kept, whose: own}
        return _checked({**dict(now), "drawdowns": drawdowns}, "drawdowns")

    return change


def _built_in() -> tuple[str, ...]:
    # They bring the indicators' library along, which the start loads in the background.
    from trading.strategies.catalogue import built_in

    return built_in().names


def _positions(words: list[str]) -> Change:
    found = COUNT.fullmatch("".join(words))
    if found is None:
        raise BadArgument(f"Write it as /limits positions 5. {USAGE}")
    return _set("max_positions", int(found[1]))


def _cooldown(words: list[str]) -> Change:
    text = "".join(words).lower()
    if text in NONE:
        return _set("cooldown_minutes", 0)
    found = MINUTES.fullmatch(text)
    if found is None:
        raise BadArgument(f"Write it as /limits cooldown 30m, 2h or off. {USAGE}")
    return _set("cooldown_minutes", int(found[1]) * IN_MINUTES[(found[2] or "m")[0]])


def _age(words: list[str]) -> Change:
    found = SECONDS.fullmatch("".join(words).lower().removeprefix("age"))
    if found is None:
        raise BadArgument(f"Write it as /limits price age 15s. {USAGE}")
    return _set("quote_seconds", int(found[1]))


def _daily(words: list[str]) -> Change:
    return _set("daily_loss", _percent("".join(words).lower().removeprefix("loss")))


def _loss(words: list[str]) -> Change:
    text = "".join(words).lower()
    return _set("max_loss_fraction", _percent(text.removeprefix("at").removeprefix("stop")))


def _allow(words: list[str]) -> Change:
    """Read symbols to allow: blocked ones are unblocked, others join the list of the only ones."""
    if [word.lower() for word in words] in ([word] for word in EVERYTHING):
        return lambda now: _checked({**dict(now), "allowed": ()}, "allowed")
    symbols = _symbols(words, "/limits allow BTC/USDT ETH/USDT, or /limits allow all")

    def change(now: Limits) -> Limits:
        blocked = tuple(name for name in now.blocked if name not in symbols)
        # Taking a symbol off the blocked ones is not meant to forbid all the others.
        fresh = [name for name in symbols if now.allowed or name not in now.blocked]
        allowed = tuple(dict.fromkeys((*now.allowed, *fresh)))
        return _checked({**dict(now), "allowed": allowed, "blocked": blocked}, "allowed")

    return change


def _block(words: list[str]) -> Change:
    if [word.lower() for word in words] in ([word] for word in NONE):
        return lambda now: _checked({**dict(now), "blocked": ()}, "blocked")
    symbols = _symbols(words, "/limits block DOGE/USDT, or /limits block none")

    def change(now: Limits) -> Limits:
        allowed = tuple(name for name in now.allowed if name not in symbols)
        if now.allowed and not allowed:
            raise BadArgument(
                "You would then allow no symbol at all; /pause stops all entries, "
                "/limits allow all takes your list of allowed symbols away."
            )
        blocked = tuple(dict.fromkeys((*now.blocked, *symbols)))
        return _checked({**dict(now), "allowed": allowed, "blocked": blocked}, "blocked")

    return change


def _unblock(words: list[str]) -> Change:
    symbols = _symbols(words, "/limits unblock DOGE/USDT")

    def change(now: Limits) -> Limits:
        blocked = tuple(name for name in now.blocked if name not in symbols)
        return _checked({**dict(now), "blocked": blocked}, "blocked")

    return change


def _symbols(words: Sequence[str], example: str) -> tuple[str, ...]:
    names = [name for word in words for name in word.split(",") if name]
    if not names:
        raise BadArgument(f"Which symbols? Write {example}.")
    try:
        return tuple(dict.fromkeys(parse_symbol(name) for name in names))
    except ValueError as error:
        raise BadArgument(f"{error}. Write {example}.") from None


READERS: Mapping[str, Reader] = {
    "order": _fraction("max_order_fraction"),
    "symbol": _fraction("max_symbol_fraction"),
    "loss": _loss,
    "daily": _daily,
    "day": _daily,
    "leverage": _leverage,
    "positions": _positions,
    "cooldown": _cooldown,
    "price": _age,
    "age": _age,
    "allow": _allow,
    "block": _block,
    "unblock": _unblock,
}
