"""A strategy armed in the chat: at a real close one proposal, one fill, through kills too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.depth import times
from tests.e2e.mortal import Life
from tests.e2e.person import Person, labels
from tests.e2e.stage import SIGKILLED, Stage, stage
from tests.e2e.world import eventually
from trading.events import WatchRan

COMMAND = "/watch BTC/USDT 1m buy_and_hold"
MINUTE = 60.0
DEATHS = ("a run is recorded", "confirm begins", "confirm has filled")
# At closes at which the strategy says what it said before.
QUIET_DEATHS = ("a quiet close before its commit", "a quiet close is kept")


class Minutes:
    """Moves the product's clock to the next close of a minute, so that no test waits for it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.write_text("0")

    def pass_on(self) -> None:
        ahead = float(self._file.read_text())
        second = (datetime.now(UTC).timestamp() + ahead) % MINUTE
        self._file.write_text(str(ahead + MINUTE - second))


@asynccontextmanager
async def _demo(folder: Path) -> AsyncIterator[tuple[Stage, Minutes]]:
    clock = folder / "ahead"
    minutes = Minutes(clock)
    async with stage(folder, EXCHANGE="demo", CLOCK_AHEAD=str(clock)) as world:
        yield world, minutes


async def test_armed_strategy_fills_once_by_taps_and_by_itself_through_kills(
    tmp_path: Path,
) -> None:
    async with _demo(tmp_path) as (world, minutes):
        life = await world.births.life()
        anne, bert = world.person(), world.person()
        await _arms(anne, "Arm")
        minutes.pass_on()
        signal = await anne.sees(lambda one: one.text.startswith("w1 · BTC/USDT · 1m: LONG"))
        assert labels(signal)[:3] == ["Confirm", "Half", "Reject"]
        taps = [anne.taps_once(signal, "Confirm") for _ in range(2)]
        told = sorted([(await anne.notice(one)).text[:7] for one in taps])
        assert told == ["Already", "Bought "]
        await anne.sees(lambda one: one.text.startswith("Filled: bought"))
        await _arms(bert, "Arm auto")
        life.kill()
        await life.death()

        minutes.pass_on()
        for point in DEATHS[: times(1, len(DEATHS))]:
            life = await world.births.life(point)
            assert await life.death() == SIGKILLED, world.births.logged
        minutes.pass_on()
        for point in QUIET_DEATHS[: times(0, len(QUIET_DEATHS))]:
            life = await world.births.life(point)
            assert await life.death() == SIGKILLED, world.births.logged
        await _survives(world, await world.births.life(), anne, bert)


async def _arms(person: Person, label: str) -> None:
    person.writes(COMMAND)
    plan = await person.sees(lambda one: "Nothing is armed before you tap." in one.text)
    notice = await person.taps(plan, label)
    assert notice.text == "Armed: w1 buy_and_hold BTC/USDT 1m."


async def _survives(world: Stage, life: Life, anne: Person, bert: Person) -> None:
    accounts = [f"demo-{person.id}" for person in (anne, bert)]
    await bert.sees(lambda one: one.text.startswith("Filled: bought"))
    await eventually(
        lambda: all(one.state != "waiting" for name in accounts for one in world.book.outbox(name))
    )
    life.kill()
    await life.death()
    for name in accounts:
        assert len(world.book.fills(name)) == 1
        events = [one.event for one in world.book.log(name)]
        runs = [event.close for event in events if isinstance(event, WatchRan)]
        assert len(runs) == len(set(runs))
        entered = [one for one in events if isinstance(one, WatchRan) and one.act == "enter"]
        assert len(entered) == 1
    assert anne.counted("Filled: bought") == 1
    assert 1 <= bert.counted("Filled: bought") <= 2, "the last kill may have hidden an arrival"
    assert await world.command("verify") == 0, world.births.logged
    assert "Traceback" not in world.births.logged
