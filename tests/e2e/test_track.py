"""A question is remembered, answered by the rules too, and shown in the track record."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.e2e.person import labels
from tests.e2e.runs import run
from tests.e2e.world import World, eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")


def calls(town: World, account_id: str) -> dict[str, tuple[str, str, int, str]]:
    """Return analyst, stance, horizon and state of each call on the person's questions."""
    with closing(sqlite3.connect(town.product.folder / "conclave.db")) as database:
        rows = database.execute(
            "SELECT who, analyst, stance, horizon, state FROM verdicts WHERE account_id = ?",
            (account_id,),
        ).fetchall()
    return {who: tuple(rest) for who, *rest in rows}


def rose(town: World, account_id: str) -> None:
    """Let the horizon of the person's calls pass with a price one percent higher."""
    with closing(sqlite3.connect(town.product.folder / "conclave.db")) as database, database:
        database.execute(
            "UPDATE verdicts SET state = 'scored', left_at = due_at,"
            " left_price = printf('%.6f', price * 1.01) WHERE account_id = ?",
            (account_id,),
        )


async def test_a_verdict_waits_and_is_then_shown_beside_the_rules_and_the_forecast(
    town: World,
) -> None:
    person, stranger = town.person(), town.person()
    account = str(person.id)
    town.plays(*[run("long", "ADA")] * 3)
    await person.asks("Is ADA a long on the 1h right now?")
    await eventually(lambda: set(calls(town, account)) == {"verdict", "forecast", "rules"})
    seen = calls(town, account)
    assert seen["verdict"] == ("test-model", "long", 4, "waiting")
    assert seen["rules"][0] == "rule-based"
    waiting = await person.says("/track")
    assert "Nothing is scored yet" in waiting.text
    assert "Not scored yet: 1, the next at " in waiting.text

    rose(town, account)
    card = await person.says("/track ada 7d")
    assert "test-model: too few (n=1) to say anything: 30 are the least." in card.text
    assert labels(card) == ["By model", "By vote share", "Calibration", "Latest"]
    await person.taps(card, "Latest")
    latest = await person.sees(lambda one: one.id == card.id and "ADA/USDT 1h" in one.text)
    assert "hit: +1.00 %, paper +0.70 %" in latest.text
    await person.taps(latest, "Calibration")
    await person.sees(lambda one: one.photo is not None and "Calibration" in one.text)
    assert "Ask for one" in (await stranger.says("/track")).text
