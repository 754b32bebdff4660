"""Nobody spends more a day than allowed, however questions interleave, crash, or start twice."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from asyncio.subprocess import PIPE
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from desk.spending import DESK, Amount, Ceiling, DayUse, OverDay, Reservation, Spending, grant
from desk.spending_words import over_day_words
from desk.token_price import TokenPrice
from storage.spending import SqliteSpending
from storage.sqlite import SqliteFile
from tests.depth import times
from tests.fakes.clock import FakeClock

ROOT = Path(__file__).parents[2]
PRICE = TokenPrice(Decimal("0.4"), Decimal("1.6"))
DAY = Ceiling(100_000, Decimal("0.10"))
_numbers = count(1)


def spending(file: SqliteFile, clock: FakeClock, day: Ceiling = DAY) -> Spending:
    return Spending(SqliteSpending(file), clock, lambda: f"s{next(_numbers)}", day, 40_000, PRICE)


async def test_a_question_is_counted_whole_until_it_is_settled(tmp_path: Path) -> None:
    file, clock = SqliteFile(tmp_path / "c.db"), FakeClock()
    desk = spending(file, clock)
    reserved = await desk.for_question("anne")
    assert isinstance(reserved, Reservation)
    assert reserved.granted == Amount(40_000, Decimal("0.064"))
    assert await desk.today("anne") == DayUse(reserved.granted, 1)
    await desk.settle(reserved, Amount(1_200, Decimal("0.001")))
    assert await desk.today("anne") == DayUse(Amount(1_200, Decimal("0.001")), 1)
    # Settled twice, as after a doubtful first time: the first counts.
    await desk.settle(reserved, Amount(0))
    assert (await desk.today("anne")).used.tokens == 1_200
    await file.close()


async def test_each_person_has_a_day_of_their_own_and_so_has_the_desk(tmp_path: Path) -> None:
    file, clock = SqliteFile(tmp_path / "c.db"), FakeClock()
    desk = spending(file, clock)
    for person in ("anne", "ben", DESK):
        assert isinstance(await desk.for_question(person), Reservation)
        assert (await desk.today(person)).count == 1
    await file.close()


async def test_a_crashed_question_stays_counted_until_the_next_day(tmp_path: Path) -> None:
    clock = FakeClock(datetime(2026, 3, 1, 22, 40, tzinfo=UTC))
    first = SqliteFile(tmp_path / "c.db")
    for _ in range(2):
        assert isinstance(await spending(first, clock).for_question("anne"), Reservation)
    await first.close()

    file = SqliteFile(tmp_path / "c.db")
    desk = spending(file, clock)
    refused = await desk.for_question("anne")
    assert isinstance(refused, OverDay)
    assert refused.used == Amount(80_000, Decimal("0.1"))
    told = over_day_words(refused)
    assert "0.1000 USD of 0.1000 USD (DAILY_COST)" in told
    assert "00:00 UTC, in 1 h 20 min" in told
    clock.move(hours=1, minutes=20)
    assert isinstance(await desk.for_question("anne"), Reservation)
    await file.close()


async def test_what_is_left_is_granted_while_it_may_suffice(tmp_path: Path) -> None:
    file, clock = SqliteFile(tmp_path / "c.db"), FakeClock()
    desk = spending(file, clock, Ceiling(55_000))
    assert isinstance(await desk.for_question("anne"), Reservation)
    second = await desk.for_question("anne")
    assert isinstance(second, Reservation)
    assert second.granted.tokens == 15_000
    refused = await desk.for_question("anne")
    assert isinstance(refused, OverDay)
    assert "DAILY_TOKENS" in over_day_words(refused)
    await file.close()


async def test_without_limits_nobody_is_refused_but_all_is_counted(tmp_path: Path) -> None:
    file, clock = SqliteFile(tmp_path / "c.db"), FakeClock()
    desk = spending(file, clock, Ceiling())
    for _ in range(50):
        assert isinstance(await desk.for_question("anne"), Reservation)
    assert (await desk.today("anne")).used.tokens == 50 * 40_000
    await file.close()


AMOUNTS = st.builds(
    Amount,
    st.integers(0, 60_000),
    st.integers(0, 60_000).map(lambda units: units * Decimal("0.000001")),
)
CEILINGS = st.builds(
    Ceiling,
    st.none() | st.integers(0, 100_000),
    st.none() | st.integers(0, 100_000).map(lambda units: units * Decimal("0.000001")),
)


@given(CEILINGS, AMOUNTS, AMOUNTS, AMOUNTS)
@settings(max_examples=times(300, 20_000), deadline=None)
def test_what_is_granted_fits_beside_what_is_used(
    day: Ceiling, used: Amount, wanted: Amount, least: Amount
) -> None:
    granted = grant(day, used, wanted, least)
    if granted is None:
        return
    assert min(wanted.tokens, least.tokens) <= granted.tokens <= wanted.tokens
    assert min(wanted.cost, least.cost) <= granted.cost <= wanted.cost
    if day.tokens is not None and granted.tokens:
        assert used.tokens + granted.tokens <= day.tokens
    if day.cost is not None and granted.cost:
        assert used.cost + granted.cost <= day.cost


QUESTIONS = st.lists(
    st.tuples(
        st.integers(0, 1),  # which process
        st.integers(0, 4),  # turns of the event loop before it asks
        st.integers(0, 4),  # and before it ends
        st.none() | st.floats(0, 1),  # None: it crashes; else the share used of what it got
    ),
    min_size=1,
    max_size=12,
)


@given(QUESTIONS)
@settings(max_examples=times(12, 600), deadline=None)
def test_the_sum_never_exceeds_the_budget_however_questions_interleave(
    questions: list[tuple[int, int, int, float | None]],
) -> None:
    async def story(folder: Path) -> None:
        files = [SqliteFile(folder / "c.db") for _ in range(2)]
        clock, spent = FakeClock(), list[Amount]()
        desks = [spending(file, clock) for file in files]
        await files[0].check()

        async def ask(place: int, before: int, lasts: int, share: float | None) -> None:
            for _ in range(before):
                await asyncio.sleep(0)
            reserved = await desks[place].for_question("anne")
            await in_bounds(place)
            if isinstance(reserved, OverDay):
                return
            for _ in range(lasts):
                await asyncio.sleep(0)
            if share is None:
                # Nobody knows what it used: anything up to what it was granted.
                spent.append(reserved.granted)
                return
            granted = reserved.granted
            used = Amount(int(granted.tokens * share), granted.cost * Decimal(share))
            spent.append(used)
            await desks[place].settle(reserved, used)
            await in_bounds(place)

        async def in_bounds(place: int) -> None:
            counted = (await desks[place].today("anne")).used
            assert counted.tokens <= (DAY.tokens or 0)
            assert counted.cost <= (DAY.cost or 0)

        await asyncio.gather(*(ask(*question) for question in questions))
        truly = sum(spent, Amount())
        counted = (await desks[0].today("anne")).used
        assert counted == truly
        assert truly.tokens <= (DAY.tokens or 0)
        assert truly.cost <= (DAY.cost or 0)
        for file in files:
            await file.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(story(Path(folder)))


WORK = """
import asyncio, sys
from pathlib import Path
from tests.storage.test_spending import FakeClock, Reservation, Ceiling, SqliteFile, spending

async def main() -> None:
    file = SqliteFile(Path(sys.argv[1]))
    desk = spending(file, FakeClock(), Ceiling(1_000_000))
    desk._new_id = lambda made=iter(range(10_000)): f"{sys.argv[2]}-{next(made)}"
    print("ready", flush=True)
    sys.stdin.readline()
    granted = 0
    for _ in range(40):
        reserved = await desk.for_question("anne")
        if isinstance(reserved, Reservation):
            granted += reserved.granted.tokens
    print(granted, flush=True)
    await file.close()

asyncio.run(main())
"""


async def test_two_processes_share_one_budget(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    file = SqliteFile(path)
    await file.check()
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", WORK, str(path), str(number), cwd=ROOT, stdin=PIPE, stdout=PIPE
        )
        for number in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    told = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert sum(int(out) for out, _ in told) == 1_000_000
    clock = FakeClock()
    assert (await spending(file, clock).today("anne")).used.tokens == 1_000_000
    clock.move(hours=24 - clock().hour)
    assert (await spending(file, clock).today("anne")).used.tokens == 0
    assert spending(file, clock).free_at() - clock() == timedelta(days=1)
    await file.close()
