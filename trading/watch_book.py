"""From events to an account's watches: armed, run, hindered, ended, and kept from a side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from trading.events import (
    Recorded,
    WatchArmed,
    WatchChanged,
    WatchEnded,
    WatchRan,
    WatchStalled,
)
from trading.legal import illegal, legal
from trading.orders import Position
from trading.watches import WatchRecord, watch_id, watch_named


class WatchBook:
    """The mutable builder of an account's watches; `ever` counts all that were armed.

    Raises IllegalEvent when an event can't follow the ones before it.
    """

    def __init__(self, records: Mapping[str, WatchRecord], ever: int) -> None:
        self.records = dict(records)
        self.ever = ever

    def arm(self, event: WatchArmed, recorded: Recorded) -> None:
        number = self.ever + 1
        legal(event.watch.id == watch_id(number), recorded, f"it is watch number {number}")
        self.records[event.watch.id] = WatchRecord(event.watch)
        self.ever = number

    def run(self, event: WatchRan, recorded: Recorded) -> None:
        known = self._known(event.watch_id, recorded)
        legal(event.close > known.seen_until, recorded, "that close was run already")
        legal(abs(event.exposure) <= 1, recorded, "the exposure is not between -1 and 1")
        self.records[event.watch_id] = after_run(known, event)

    def stall(self, event: WatchStalled, recorded: Recorded) -> None:
        known = self._known(event.watch_id, recorded)
        legal(known.stalled is None, recorded, "that was recorded already")
        self.records[event.watch_id] = replace(known, stalled=event.reason)

    def change(self, event: WatchChanged, recorded: Recorded) -> None:
        known = self._known(event.watch_id, recorded)
        legal(known.watch.auto != event.auto, recorded, "it was so before")
        watch = known.watch.model_copy(update={"auto": event.auto})
        self.records[event.watch_id] = replace(known, watch=watch)

    def end(self, event: WatchEnded, recorded: Recorded) -> WatchRecord:
        """Take a watch out and return what it was."""
        known = self._known(event.watch_id, recorded)
        del self.records[event.watch_id]
        return known

    def block(self, strategy: str, left: Position) -> None:
        """Keep a watch from a side that ended while its signal still said so."""
        known = watch_named(self.records.values(), strategy)
        if known is None:
            return
        side = known.watch.way(known.exposure)
        if side * left.quantity > 0:
            self.records[known.watch.id] = replace(known, blocked=side)

    def _known(self, name: str, recorded: Recorded) -> WatchRecord:
        known = self.records.get(name)
        if known is None:
            raise illegal(recorded, "there is no such watch")
        return known


def after_run(known: WatchRecord, event: WatchRan) -> WatchRecord:
    """Return how far a watch is after a run."""
    way = known.watch.way(event.exposure)
    ran = replace(
        known,
        exposure=event.exposure,
        ran_at=event.close,
        since=known.since if event.exposure == known.exposure else event.close,
        blocked=known.blocked if way == known.blocked else 0,
        stalled=None,
    )
    if event.act == "stay":
        return ran
    return replace(ran, proposal_id=event.proposal_id, by_itself=event.by_itself, held=event.held)


def is_quiet(known: WatchRecord, event: WatchRan) -> bool:
    """Tell whether a run changes nothing but that its close was seen; the first run is none."""
    same = replace(after_run(known, event), ran_at=known.ran_at) == known
    return same and known.ran_at is not None and event.act == "stay" and event.missed == 0
