"""The cards of a track record: the short one, and what its buttons show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from bot.cards.card import Block, Button, Card
from bot.cards.columns import grid, narrow, pair
from bot.cards.pager import pager
from bot.cards.proposal import simulated
from desk.chart_spec import CalibrationChart
from desk.figures import grouped, percent, price

if TYPE_CHECKING:
    from desk.called import Followed
    from desk.track import Asked, Judged, TrackView
    from trading.standing import Standing

View = Literal["short", "models", "shares", "plot", "latest"]
LABELS: dict[View, str] = {
    "models": "By model",
    "shares": "By vote share",
    "plot": "Calibration",
    "latest": "Latest",
}
PER_PAGE = 5
LONGEST_NAME = 12
MOST_DATA = 64
MOST_MODELS = 6
NONE_YET = "Nothing is scored yet. A verdict is scored when its horizon has passed."
ASK = "Ask for one: is BTC a long on the 1h?"


def track_card(view: TrackView, now: datetime, *, demo: bool) -> Card:
    """Lay out the short card: a line for each analyst, and what may be concluded."""
    from desk.track_words import FLATS, MINE, verdict_on

    standings = view.by_analyst()
    blocks = [Block("title", _title("Track record", view.asked))]
    if standings:
        shown = list(standings.items())[:MOST_MODELS]
        blocks.append(narrow(_overview(shown)))
        blocks += [Block("text", verdict_on(name, seen)) for name, seen in shown]
    else:
        blocks.append(Block("text", NONE_YET if view.waiting else f"{NONE_YET} {ASK}"))
    costs = percent(view.costs.round_trip)
    blocks += [
        Block("text", tally(view, now)),
        Block("small", f"{FLATS.format(costs=costs)} {MINE}"),
        simulated(demo=demo),
    ]
    return Card(tuple(blocks), _buttons(view) if standings else ())


def models_card(view: TrackView, *, demo: bool) -> Card:
    """Lay out all figures of each analyst, with intervals."""
    from desk.track_words import BY_LUCK, MEANINGS, OVERLAP

    blocks = [Block("title", _title("By model", view.asked))]
    for name, seen in list(view.by_analyst().items())[:MOST_MODELS]:
        blocks += [Block("title", f"{name} ({seen.calls} scored)"), narrow(_figures(seen))]
    words = " ".join((*MEANINGS, BY_LUCK, OVERLAP))
    blocks += [Block("small", words, spare=1), simulated(demo=demo)]
    return Card(tuple(blocks), _buttons(view, "models"))


def shares_card(view: TrackView, *, demo: bool) -> Card:
    """Lay out hit rate and Brier score by vote share."""
    from desk.track_words import OVERLAP, SHARES, rate, rates

    lines: list[str] = []
    for share, seen in view.by_share().items():
        if seen.hit is None or seen.brier is None:
            continue
        lines += [f"{share.analyst}: {share.votes} for, {share.against} against"]
        lines += pair(f"  {seen.hits} of {seen.directional} hit", rate(seen.hit.value))
        lines += pair("    95 %", rates(seen.hit))
        lines += pair("  promised", rate(share.promised))
        lines += pair("  Brier", grouped(seen.brier.value, 3))
    body = narrow(lines) if lines else Block("text", "No long or short is scored yet.")
    blocks = (
        Block("title", _title("By vote share", view.asked)),
        body,
        Block("small", f"Longs and shorts only. {SHARES} {OVERLAP}", spare=1),
        simulated(demo=demo),
    )
    return Card(blocks, _buttons(view, "shares"))


def plot_card(view: TrackView, *, demo: bool) -> Card:
    """Show how often prices rose against the chances that were given for it."""
    series = {name: bins for name, bins in view.bins().items() if bins}
    chart = CalibrationChart(_title("Calibration", view.asked), series, demo)
    text = (
        "Points on the line: what was called likely came as often as it was said. Above it prices "
        "rose more often than that, below less. Bars are 95 % (Wilson); the figure is the count."
    )
    blocks = (
        Block("title", chart.title),
        Block("text", text if series else NONE_YET),
        simulated(demo=demo),
    )
    return Card(blocks, _buttons(view, "plot"), chart if series else None)


def latest_card(view: TrackView, number: int, *, demo: bool) -> Card:
    """Show a page of calls that were scored, or never can be; newest first."""
    rows: list[Judged | Followed] = [*view.judged, *view.lost_calls]
    rows.sort(key=lambda one: one.call.asked_at, reverse=True)
    start = number * PER_PAGE
    shown = rows[start : start + PER_PAGE]
    body = (
        narrow(line for one in shown for line in _told(one))
        if shown
        else Block("text", "No calls on this page." if number else NONE_YET)
    )
    title = _title(f"Scored calls, newest first ({len(rows)} in all)", view.asked)
    words = _words(view.asked)
    turning = pager(
        "track:latest",
        number,
        more=start + PER_PAGE < len(rows),
        names=("Newer", "Older"),
        rest=f":{words}" if words else "",
    )
    buttons = (*turning, *_buttons(view, "latest"))
    return Card((Block("title", title), body, simulated(demo=demo)), buttons)


def tally(view: TrackView, now: datetime) -> str:
    """Count the verdicts that are not in the table, and say why."""
    told = f"Not scored yet: {view.waiting}" if view.waiting else "No verdict is waiting"
    if view.next_due is not None and view.next_due > now:
        told += f", the next at {view.next_due:%d %b %H:%M} UTC"
    parts = [told]
    if view.no_calls:
        parts.append(f"{view.no_calls} {'was' if view.no_calls == 1 else 'were'} no call")
    parts += [f"{view.lost} can't be scored: no price"] if view.lost else []
    return f"{'. '.join(parts)}."


def _overview(standings: Sequence[tuple[str, Standing]]) -> list[str]:
    rows = []
    for name, seen in standings:
        hit = "–" if seen.hit is None else f"{grouped(seen.hit.value * 100, 0)} %"
        brier = "–" if seen.brier is None else grouped(seen.brier.value, 3)
        made = "–" if seen.made is None else percent(seen.made.value, signed=True)
        rows.append((_short(name), str(seen.calls), hit, brier, made))
    return grid(("", "n", "hit", "Brier", "paper"), rows)


def _figures(seen: Standing) -> Iterator[str]:
    from desk.track_words import rate, rates, returns

    if seen.hit is not None and seen.made is not None:
        apart = "" if seen.independent == seen.directional else f", {seen.independent} apart"
        yield f"long and short: {seen.directional}{apart}"
        yield from pair("hits", rate(seen.hit.value))
        yield from pair("  95 %", rates(seen.hit))
        yield from pair("  by luck", rate(seen.chance))
        yield from pair("paper, each", percent(seen.made.value, signed=True))
        yield from pair("  95 %", returns(seen.made))
        yield from pair("  holding instead", percent(seen.held, signed=True))
        yield from pair("  staying flat", "0.00 %")
    if seen.flats:
        yield from pair("flat, right", f"{seen.flat_hits} of {seen.flats}")
    if seen.brier is not None:
        yield from pair("Brier", grouped(seen.brier.value, 3))
        yield from pair("  95 %", f"{grouped(seen.brier.low, 3)} to {grouped(seen.brier.high, 3)}")
        yield from pair("  a coin", "0.250")
        yield from pair("  best constant", grouped(seen.climatology, 3))


def _told(one: Judged | Followed) -> Iterator[str]:
    """Three lines: what was called, by whom, what came of it."""
    from desk.track import Judged

    call = one.call
    yield f"{call.asked_at:%d %b %H:%M} {call.symbol} {call.timeframe}"
    votes = f" {call.votes}:{call.against}" if call.runs else ""
    chance = "" if call.up is None else f", ↑ {grouped(call.up * 100, 0)} %"
    yield f"  {call.stance.upper()}{votes}{chance} · {_short(call.analyst)}"
    if not isinstance(one, Judged):
        yield "  can't be scored: no price"
        return
    word = "hit" if one.scored.hit else "miss"
    left = one.followed.left
    at = "" if left is None or call.price is None else f"{price(call.price)} → {price(left)}"
    yield f"  {at}, {call.horizon} candles"
    made = f", paper {percent(one.scored.made, signed=True)}" if one.scored.directional else ""
    yield f"  {word}: {percent(one.scored.market, signed=True)}{made}"


def _title(what: str, asked: Asked) -> str:
    return " · ".join((what, *asked.words))


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _buttons(view: TrackView, chosen: View | None = None) -> tuple[tuple[Button, ...], ...]:
    words = _words(view.asked)
    rest = f":0:{words}" if words else ""
    buttons = [
        Button(f"• {label}" if name == chosen else label, f"track:{name}{rest}")
        for name, label in LABELS.items()
    ]
    return tuple(buttons[:2]), tuple(buttons[2:])


def _words(asked: Asked) -> str:
    """What the buttons carry of the choice; a long name is cut, its beginning still finds it."""
    text = " ".join(asked.words)
    room = MOST_DATA - len("track:latest:999999:")
    return text.encode()[:room].decode(errors="ignore")
