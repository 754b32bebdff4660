"""The card of the morning briefing, and that of its settings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from bot.cards.card import Block, Button, Card
from bot.cards.columns import narrow, pair
from bot.cards.news import age, shortened
from bot.cards.proposal import simulated
from desk.briefing import Briefing, CallLine, HeldLine, LimitLine, MoverLine
from desk.briefing_times import LATEST, Slot
from desk.figures import grouped, money, percent, price, quantity, score
from desk.mood import in_words
from trading.symbols import base_of

MOST_MOVERS = 5
MOST_MISSING = 4
HOW = (
    "A card each morning: your book, limits, movers, news, and what became of your verdicts.\n"
    "/briefing 08:00 Europe/Berlin sets it, /briefing off ends it, /briefing now shows one, "
    "/briefing list BTC ETH SOL chooses the movers, /briefing list off those that you deal with."
)


def briefing_card(one: Briefing) -> Card:
    """Lay a briefing out: the book first, then what moved."""
    wall = one.at.astimezone(timezone(timedelta(minutes=one.offset_minutes)))
    blocks = [Block("title", f"Briefing · {wall:%a %d %b · %H:%M}")]
    if one.late and one.due_at is not None:
        due = one.due_at.astimezone(wall.tzinfo)
        blocks.append(Block("text", f"This comes late: it was due at {due:%H:%M}."))
    if one.market_down:
        blocks.append(Block("text", f"The market ({one.source}) can't be reached now."))
    blocks.append(narrow(_book(one)))
    if not one.fresh:
        blocks.append(Block("small", "a price is missing: the last one known stands in"))
    if one.movers:
        head = f"{'Your list' if one.listed else 'Movers'}, live against 24 h ago"
        blocks += [Block("title", head), narrow(_movers(one))]
    if one.missing and not one.market_down:
        blocks.append(Block("small", f"no price now: {_names(one.missing)}", spare=2))
    blocks += _news(one)
    if one.calls:
        blocks += [Block("title", _calls_head(one)), narrow(_calls(one.calls))]
    blocks += [_origin(one), simulated(demo=one.demo)]
    return Card(tuple(blocks), _buttons(one))


def _book(one: Briefing) -> Iterator[str]:
    day = f"{money(one.day_profit, one.currency, signed=True)}"
    yield from pair("equity", money(one.equity, one.currency))
    yield from pair("since 00:00 UTC", day)
    yield from pair("", percent(one.day_fraction, signed=True))
    yield from pair("in all", percent(one.profit_fraction, signed=True))
    for held in one.held:
        yield from _held(held)
    if one.held_in_all > len(one.held):
        yield f"and {one.held_in_all - len(one.held)} smaller positions"
    if not one.held_in_all:
        yield from pair("positions", "none")
    if one.waiting_orders:
        yield from pair("waiting orders", str(one.waiting_orders))
    if one.watches:
        yield from pair("armed watches", str(one.watches))
    if one.nearest is not None:
        yield "nearest limit:"
        yield from pair(f" {one.nearest.name}", _limit(one.nearest))
    if one.paused:
        yield from pair("paused", "until /resume")


def _held(held: HeldLine) -> Iterator[str]:
    side = "long" if held.quantity > 0 else "short"
    name = f"{side} {quantity(abs(held.quantity))} {base_of(held.symbol)}"
    gain = percent(held.unrealised_fraction, signed=True)
    # A price that is not of now says what it is and since when.
    yield from pair(name, gain)
    if held.kind != "quote":
        yield from pair(f" {held.kind} price", f"{price(held.price)} {held.price_at:%d %b %H:%M}")


def _limit(line: LimitLine) -> str:
    if line.unit == "fraction":
        return f"{percent(line.used)} of {percent(line.bound)}"
    if line.unit == "times":
        return f"{grouped(line.used, 2)} of {grouped(line.bound, 1)} ×"
    return f"{line.used:f} of {line.bound:f}"


def _movers(one: Briefing) -> Iterator[str]:
    for line in one.movers[:MOST_MOVERS]:
        yield from pair(f"{line.symbol} {price(line.price)}", percent(line.change, signed=True))
    if len(one.movers) > MOST_MOVERS:
        yield f"and {len(one.movers) - MOST_MOVERS} that moved less"


def _news(one: Briefing) -> list[Block]:
    blocks = []
    if one.mood is not None:
        mood, items = one.mood, f"{one.mood.count} items, {one.mood.hours} h"
        known = mood.value is not None
        value = f"{score(mood.value)} {in_words(mood.value)}" if mood.value is not None else ""
        blocks.append(
            narrow([*pair("News mood", value if known else "too few to tell"), *pair("", items)])
        )
    for place, line in enumerate(one.headlines):
        told = f"{line.source} · {age(one.at - line.at)} ago"
        blocks.append(Block("text", f"“{shortened(line.title)}”", 4 + place, link=line.link))
        blocks.append(Block("small", told, 4 + place))
    if one.news_note:
        blocks.append(Block("small", one.news_note, spare=3))
    return blocks


def _calls(calls: tuple[CallLine, ...]) -> Iterator[str]:
    for call in calls:
        name = f"{base_of(call.symbol)} {call.timeframe} {call.stance.upper()}"
        since = "no price" if call.change is None else percent(call.change, signed=True)
        yield from pair(name, since)
        before = f", was {call.before.upper()}" if call.before else ""
        yield f"  since {call.at:%d %b %H:%M}{before}"
        if call.times > 1:
            yield f"  asked {call.times} times, the newest told"


def _calls_head(one: Briefing) -> str:
    """Say how many verdicts there were of how many days, where not each has a line."""
    told = len(one.calls)
    if one.calls_in_all <= told:
        return "Your verdicts"
    return f"Your verdicts, {told} of {one.calls_in_all} in {one.calls_days} days"


def _origin(one: Briefing) -> Block:
    quotes = sorted({line.source for line in one.movers}) or [one.source]
    parts = [f"as of {one.at:%d %b %H:%M:%S} UTC", ", ".join(quotes)]
    if one.mood is not None:
        parts.append(f"mood by {one.mood.read_by}")
    return Block("small", " · ".join(parts))


def _names(symbols: tuple[str, ...]) -> str:
    more = len(symbols) - MOST_MISSING
    return ", ".join(symbols[:MOST_MISSING]) + (f" and {more} more" if more > 0 else "")


def _buttons(one: Briefing) -> tuple[tuple[Button, ...], ...]:
    first = (Button("Positions", "briefing:positions"), Button("News", "briefing:news"))
    about = _asked(one)
    return (
        (first, (Button(f"Ask about {base_of(about.symbol)}", f"asktop:1h:{about.symbol}"),))
        if about
        else (first,)
    )


def _asked(one: Briefing) -> MoverLine | None:
    """The one that moved most, as long as its name fits a button's data."""
    return next((line for line in one.movers if len(line.symbol.encode()) <= 50), None)


def settings_card(
    at: str,
    zone: str,
    following: Slot | None,
    now: datetime,
    symbols: tuple[str, ...],
    *,
    demo: bool,
) -> Card:
    """Show whether a briefing is wanted, when the next one comes, and of which symbols."""
    rows = [*pair("briefing", at or "off"), *pair("time zone", zone)]
    if following is not None:
        rows += pair("next", f"{following.at.astimezone(now.tzinfo):%a %d %b %H:%M}")
    rows += pair("your time now", f"{now:%H:%M}")
    rows += pair("movers", "" if symbols else "those you deal with")
    rows += [f" {symbol}" for symbol in symbols]
    hours = round(LATEST.total_seconds() / 3600)
    late = f"One that the bot missed is told up to {hours} hours late, then no more."
    off = (Button("Off", "briefing:off"),) if at else ()
    return Card(
        (
            Block("title", "Briefing"),
            narrow(rows),
            Block("text", HOW),
            Block("small", late),
            simulated(demo=demo),
        ),
        ((Button("Show one now", "briefing:now"), *off),),
    )
