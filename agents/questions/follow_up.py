"""From "and on the 4h?" to a whole question, by rules: what it leaves out is in the thread.

A message that can be answered by itself is never changed. What is no follow-up for sure is left
as it is too: a model gets the thread beside it, the rules say what they could not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from agents.names import coins_named, timeframes_named
from agents.questions.asked_words import Side, side_asked, why_not
from agents.questions.elliptical import is_marked, leaves_out, says_again, share_meant
from agents.questions.intents import Intent, intent_of
from agents.questions.moved_question import moved
from agents.questions.reading import AskedOrder, asked_order, read
from agents.questions.spelling import mended, simplified
from agents.questions.thread import Earlier, Thread
from agents.questions.whole_question import NO_ORDER, Asked, asked_in, restated
from desk.language import Language, language_of
from trading.symbols import base_of, quote_of

LONGEST = 120
DOLLARS = ("USDT", "USD", "USDC")
_VAGUE = re.compile(r"怎么样|怎样|如何")
_TIMED = (Intent.DECISION, Intent.INDICATORS, Intent.FORECAST, Intent.BACKTEST, Intent.RISK)


@dataclass(frozen=True)
class _Said:
    """What a follow-up says; everything else it leaves to the thread."""

    intent: Intent
    symbol: str
    timeframe: str
    side: Side
    why_not: Side
    order: AskedOrder
    strategy: str | None
    horizon: int | None
    wanted: tuple[str, ...]
    again: bool

    @property
    def changes(self) -> bool:
        """Tell whether it names anything that a question could go on with."""
        return bool(self.symbol or self.timeframe or self.strategy or self.horizon or self.again)


@dataclass(frozen=True)
class _Past:
    """An earlier question and what it asked for."""

    turn: Earlier
    asked: Asked


def complete(text: str, thread: Thread) -> str:
    """Return the whole question that a follow-up means; the text itself where it is none."""
    if not thread.turns or len(text) > LONGEST:
        return text
    said = _heard(text)
    if said is None:
        return text
    past = [_Past(turn, asked_in(turn)) for turn in reversed(thread.turns)]
    return _whole(said, past, _language(text, thread)) or text


def _heard(text: str) -> _Said | None:
    """Take a message apart; None when it stands by itself or says more than a follow-up does."""
    plain = mended(simplified(text))
    question = read(plain)
    # "50USDT" is money, not a pair.
    symbol = "" if base_of(question.symbol).isdigit() else question.symbol
    marked = is_marked(plain)
    # "那 ETH 怎么样？" asks how it is with that; the thread says with what.
    words = _VAGUE.sub(" ", plain) if marked or not symbol else plain
    intent = intent_of(words, len({coin for coin, *_ in coins_named(plain)}))
    share = share_meant(plain)
    order = replace(asked_order(plain), share=share)
    if order != NO_ORDER and intent in (Intent.PORTFOLIO, Intent.RISK):
        intent = Intent.UNKNOWN  # "half of my usual size" asks for no portfolio
    if _stands_alone(plain, intent, symbol) or not leaves_out(plain, symbol):
        return None
    named = any(True for _ in timeframes_named(plain))
    return _Said(
        intent,
        symbol,
        question.strange or (question.timeframe.value if named else ""),
        side_asked(plain),
        why_not(plain),
        order,
        question.strategy,
        None if named and question.horizon is None else question.horizon,
        question.wanted,
        says_again(plain),
    )


def _stands_alone(text: str, intent: Intent, symbol: str) -> bool:
    if intent is Intent.UNKNOWN:
        return bool(symbol) and not is_marked(text)
    if intent is Intent.NEWS:
        return bool(symbol) or not is_marked(text)
    return bool(symbol) or intent in (
        *(Intent.PORTFOLIO, Intent.RANK, Intent.COMMAND, Intent.GREETING),
    )


def _whole(said: _Said, past: Sequence[_Past], language: Language) -> str:
    if said.order != NO_ORDER:
        return restated(_resized(said, past), language) if _may_resize(said, past) else ""
    if said.why_not:
        return _about(said, past, language, Intent.DECISION)
    if said.intent in (Intent.UNKNOWN, Intent.BACKTEST, Intent.INDICATORS):
        changed = _changed(said, past, language)
        if changed or said.intent is Intent.UNKNOWN:
            return changed
    return _about(said, past, language, said.intent)


def _may_resize(said: _Said, past: Sequence[_Past]) -> bool:
    if said.intent not in (Intent.UNKNOWN, Intent.DECISION):
        return False
    return _newest(past, lambda asked: asked.intent is Intent.DECISION) is not None


def _resized(said: _Said, past: Sequence[_Past]) -> Asked:
    """The last decision once more, with the order changed."""
    found = _newest(past, lambda asked: asked.intent is Intent.DECISION)
    assert found is not None  # noqa: S101 - _may_resize found it
    base = found.asked
    side = said.side or base.side or _side_of(found.turn.stance)
    return replace(
        base,
        symbol=said.symbol or base.symbol,
        timeframe=said.timeframe or base.timeframe,
        side=side,
        why_not="",
        order=_merged(_shown(found) if said.order.share else base.order, said.order),
    )


def _shown(past: _Past) -> AskedOrder:
    """The order as it was asked for, or in the size that it was offered in.

    An amount is written in dollars, so that of another currency is not known here.
    """
    order, offered = past.asked.order, past.turn.notional
    if order.notional is None and offered and quote_of(past.asked.symbol) in DOLLARS:
        return replace(order, notional=offered, share=None)
    return order


def _side_of(stance: str) -> Side:
    return "long" if stance == "long" else "short" if stance == "short" else ""


def _merged(before: AskedOrder, said: AskedOrder) -> AskedOrder:
    """Put what is said now over what was said before; half of an amount is an amount."""
    notional, share = before.notional, before.share
    if said.notional is not None:
        notional, share = said.notional, None
    elif said.share is not None and notional is not None:
        notional = (notional * said.share).quantize(Decimal("0.01"))
    elif said.share is not None:
        share = said.share
    return AskedOrder(
        notional,
        before.stop if said.stop is None else said.stop,
        before.target if said.target is None else said.target,
        share,
    )


def _changed(said: _Said, past: Sequence[_Past], language: Language) -> str:
    """The last question once more, with what is named now in the place of what it named."""
    if not said.changes:
        return ""

    def fits(asked: Asked) -> bool:
        if said.symbol:
            return asked.intent in (*_TIMED, Intent.PRICE, Intent.NEWS)
        if said.timeframe:
            return asked.intent in (*_TIMED, Intent.RANK)
        if said.strategy or said.horizon:
            return bool(asked.symbol) and asked.intent in _TIMED
        return asked.intent not in (Intent.UNKNOWN, Intent.COMMAND, Intent.GREETING)

    found = _newest(past, fits)
    if found is None:
        return ""
    base = found.asked
    if said.strategy and (said.intent is Intent.UNKNOWN or base.intent is Intent.BACKTEST):
        new = replace(base, intent=Intent.BACKTEST, strategy=said.strategy)
    elif said.intent is not Intent.UNKNOWN:
        return ""
    elif said.horizon and not said.timeframe:
        new = replace(base, intent=Intent.FORECAST, horizon=said.horizon)
    else:
        text = moved(found.turn.understood, base, said.symbol, said.timeframe)
        if text:
            return text
        new = base
    new = replace(
        new, symbol=said.symbol or base.symbol, timeframe=said.timeframe or base.timeframe
    )
    return restated(new, language)


def _about(said: _Said, past: Sequence[_Past], language: Language, intent: Intent) -> str:
    """What is asked now, about the symbol and timeframe of the last question that had one."""
    found = _newest(past, lambda asked: bool(asked.symbol))
    if found is None:
        return ""
    base = found.asked
    same = base.intent is intent
    timed = _newest(past, lambda asked: bool(asked.symbol) and asked.intent in _TIMED)
    return restated(
        Asked(
            intent=intent,
            symbol=said.symbol or base.symbol,
            timeframe=said.timeframe or (timed or found).asked.timeframe,
            strategy=said.strategy or (base.strategy if same else None),
            horizon=said.horizon or (base.horizon if same else None),
            wanted=said.wanted,
            side="" if said.why_not else said.side,
            why_not=said.why_not,
            order=base.order if same and not said.why_not else NO_ORDER,
        ),
        language,
    )


def _newest(past: Sequence[_Past], fits: Callable[[Asked], bool]) -> _Past | None:
    return next((one for one in past if fits(one.asked)), None)


def _language(text: str, thread: Thread) -> Language:
    """The language of the message; a bare "ETH 4h?" has that of the question before."""
    if language_of(text) is Language.ZH or re.search(r"[a-z]{3,}", text):
        return language_of(text)
    return language_of(thread.turns[-1].question)
