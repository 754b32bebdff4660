"""The track record: what the verdicts came to, beside the forecast and the rules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from desk.called import Call, CallStance, CallState, Followed, Who
from desk.ports import CallStore, Clock
from trading.scoring import Costs, Said, Scored, Stance, chance_of_rise, score
from trading.standing import Bin, Standing, calibration, standing

Name = TypeVar("Name", bound=Hashable)
STANCES: dict[CallStance, Stance] = {"long": "long", "short": "short", "flat": "flat"}


@dataclass(frozen=True)
class Asked:
    """Which calls are looked at: of analysts whose name holds a word, a symbol, the last days.

    Empty and 0: of all.
    """

    analyst: str = ""
    symbol: str = ""
    days: int = 0

    def holds(self, call: Call, now: datetime) -> bool:
        return (
            self.analyst.casefold() in call.analyst.casefold()
            and self.symbol in ("", call.symbol)
            and (not self.days or call.asked_at >= now - timedelta(days=self.days))
        )

    @property
    def words(self) -> tuple[str, ...]:
        """What is typed to ask for the same."""
        days = f"{self.days}d" if self.days else ""
        return tuple(word for word in (self.symbol, days, self.analyst) if word)


@dataclass(frozen=True)
class Judged:
    """A scored call."""

    followed: Followed
    scored: Scored

    @property
    def call(self) -> Call:
        return self.followed.call


@dataclass(frozen=True)
class Share:
    """A vote share: an analyst's directional calls with so many votes for and against them.

    Two votes of three runs, the third stopped since the result stood, are 2 for and none against.
    """

    analyst: str
    votes: int
    against: int

    @property
    def promised(self) -> float:
        """The chance of a hit that the share stands for."""
        return self.votes / (self.votes + self.against)


@dataclass(frozen=True)
class TrackView:
    """One person's track record; `judged` newest first, those that count by analyst.

    `no_calls`, `waiting` and `lost` count verdicts, not what is scored beside them.
    """

    asked: Asked
    costs: Costs
    judged: tuple[Judged, ...]
    lost_calls: tuple[Followed, ...]
    no_calls: int
    waiting: int
    next_due: datetime | None

    @property
    def lost(self) -> int:
        return sum(one.call.who is Who.VERDICT for one in self.lost_calls)

    def by_analyst(self) -> dict[str, Standing]:
        """Return how each one stands, whose verdicts were most first; the forecast last."""
        return _standings(self.judged, lambda one: one.call.analyst)

    def by_share(self) -> dict[Share, Standing]:
        """Return how the longs and shorts stand by vote share, an analyst's fullest first."""
        voted = [one for one in self.judged if one.scored.directional and one.call.votes]
        found = _standings(
            voted, lambda one: Share(one.call.analyst, one.call.votes, one.call.against)
        )
        names = list(dict.fromkeys(share.analyst for share in found))
        order = sorted(found, key=lambda one: (names.index(one.analyst), -one.promised, -one.votes))
        return {share: found[share] for share in order}

    def bins(self) -> dict[str, tuple[Bin, ...]]:
        """Return the points of each analyst's reliability diagram."""
        groups = _grouped(self.judged, lambda one: one.call.analyst)
        return {name: calibration([one.scored for one in group]) for name, group in groups.items()}


class Track:
    """Reads track records. One person's calls are never in another's."""

    def __init__(self, store: CallStore, clock: Clock, costs: Costs) -> None:
        self._store = store
        self._clock = clock
        self._costs = costs

    async def calls(self, account_id: str) -> Sequence[Followed]:
        """Return all calls on the person's questions, newest first."""
        return await self._store.of_account(account_id)

    async def view(self, account_id: str, asked: Asked) -> TrackView:
        """Score what is known at the desk's present costs."""
        followed = await self._store.of_account(account_id)
        return await asyncio.to_thread(view, followed, asked, self._clock(), self._costs)


def view(followed: Sequence[Followed], asked: Asked, now: datetime, costs: Costs) -> TrackView:
    """Score the calls that are asked for; pure."""
    held = [one for one in followed if asked.holds(one.call, now)]
    verdicts = [one for one in held if one.call.who is Who.VERDICT]
    waiting = [one.due_at for one in verdicts if one.state is CallState.WAITING]
    return TrackView(
        asked=asked,
        costs=costs,
        judged=tuple(made for one in held if (made := judged(one, costs)) is not None),
        lost_calls=tuple(one for one in held if one.state is CallState.LOST),
        no_calls=sum(one.state is CallState.NO_CALL for one in verdicts),
        waiting=len(waiting),
        next_due=min(waiting, default=None),
    )


def judged(one: Followed, costs: Costs) -> Judged | None:
    """Score a call; None while there is nothing to score it with."""
    call, stance = one.call, STANCES.get(one.call.stance)
    if stance is None or one.left is None or call.price is None:
        return None
    cast = call.votes + call.against
    up = call.up if call.up is not None else chance_of_rise(stance, call.votes, cast)
    said = Said(call.symbol, stance, up, call.starts, one.due_at)
    return Judged(one, score(said, float(call.price), float(one.left), costs))


def _standings(
    all_judged: Sequence[Judged], name_of: Callable[[Judged], Name]
) -> dict[Name, Standing]:
    return {
        name: standing([one.scored for one in group])
        for name, group in _grouped(all_judged, name_of).items()
    }


def _grouped(
    all_judged: Sequence[Judged], name_of: Callable[[Judged], Name]
) -> dict[Name, list[Judged]]:
    """Group calls: models first, whoever had most verdicts before the others, then the rest."""
    groups: dict[Name, list[Judged]] = {}
    for one in all_judged:
        groups.setdefault(name_of(one), []).append(one)

    def rank(name: Name) -> tuple[int, int]:
        verdicts = sum(one.call.who is Who.VERDICT for one in groups[name])
        return -verdicts, [*Who].index(groups[name][0].call.who)

    return {name: groups[name] for name in sorted(groups, key=rank)}
