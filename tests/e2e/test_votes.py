"""Votes that fail or disagree, and a language model that is not there."""

from __future__ import annotations

import re
import time

import pytest

from tests.e2e.person import Person, labels
from tests.e2e.runs import glance, quick_run, says
from tests.e2e.world import World
from tests.fakes.openai_server import disconnect, forever, garbage, hang, say

pytestmark = pytest.mark.asyncio(loop_scope="package")
QUESTION = "Is ETH a long on the 1h right now?"
DEADLINE = 5.0  # QUESTION_SECONDS of this town
SLACK = 4.0


async def test_hung_run_and_garbage_are_failures_and_never_flat(wild_town: World) -> None:
    person = wild_town.person()
    wild_town.plays([hang()], [garbage()], quick_run("long", "ETH"))
    began = time.monotonic()
    card = await person.asks(QUESTION)
    assert time.monotonic() - began < DEADLINE + SLACK
    assert card.text.splitlines()[1] == "NO CALL · 1 says LONG · 2 failed"
    assert "2 of 3 runs gave no answer, so no majority was reached" in card.text
    assert "FLAT" not in card.text
    assert "Confirm" not in labels(card)
    assert sorted(await _votes(person)) == ["LONG", "failed: nonsense", "failed: timed out"]


async def test_majority_stands_beside_a_failed_run(wild_town: World) -> None:
    person = wild_town.person()
    wild_town.plays([say("Buy, trust me.")], quick_run("short", "ETH"), quick_run("short", "ETH"))
    card = await person.asks("Should I short ETH on the 1h?")
    line = card.text.splitlines()[1]
    # The two who agree may be faster than the one that fails.
    assert line in (
        "SHORT · 2 of 3 runs · 1 failed",
        "SHORT · 2 of 3 runs · 1 not needed",
    )
    assert labels(card) == ["Confirm", "Half", "Reject", "Why"]
    assert "trust me" not in card.text
    assert "\nSell " in card.text


async def test_three_ways_apart_is_no_call(wild_town: World) -> None:
    person = wild_town.person()
    wild_town.plays(*(quick_run(stance, "ETH") for stance in ("long", "short", "flat")))
    card = await person.asks(QUESTION)
    assert card.text.splitlines()[1].startswith("NO CALL · ")
    assert "the runs disagree: 1 FLAT ETH/USDT, 1 LONG ETH/USDT, 1 SHORT ETH/USDT" in card.text
    assert labels(card) == ["Buy anyway", "Short anyway", "Why"]
    await person.taps(card, "Short anyway")
    own = await person.sees(lambda one: "Your own call" in one.text)
    assert "Sell " in own.text
    assert labels(own) == ["Confirm", "Half", "Reject", "Why"][: len(labels(own))]


async def test_model_that_is_down_is_told_and_typed_commands_go_on(wild_town: World) -> None:
    person = wild_town.person()
    wild_town.plays(forever(disconnect()))
    began = time.monotonic()
    card = await person.asks(QUESTION)
    assert time.monotonic() - began < DEADLINE + SLACK
    # Two failures leave no majority, so a third run may be stopped before it fails too.
    outcomes = ("NO CALL · 3 failed", "NO CALL · 2 failed · 1 not needed")
    assert card.text.splitlines()[1] in outcomes
    assert re.search(r"none of the 3 runs gave an answer|2 of 3 runs gave no answer", card.text)
    votes = await _votes(person)
    assert votes.count("failed: unreachable") >= 2
    assert set(votes) <= {"failed: unreachable", "not needed"}
    why = await person.says("/why")
    failed = f"Run {votes.index('failed: unreachable') + 1}"
    await person.taps(why, failed)
    told = await person.sees(lambda one: one.id == why.id and f"{failed} ·" in one.text)
    assert "Check OPENAI_BASE_URL and that the server runs." in told.text

    chart = await person.says("/indicators ETH 1h")
    assert chart.photo is not None
    await person.sees(lambda one: one.id >= chart.id and "RSI(14)" in one.text)
    offer = await person.says("/buy ETH 100")
    assert labels(offer) == ["Confirm", "Half", "Reject"]


async def test_question_that_was_cancelled_is_stopped_at_once(wild_town: World) -> None:
    person = wild_town.person()
    wild_town.plays(forever(hang()))
    progress = await person.says(QUESTION)
    await wild_town.model.hanging(3)
    busy = await person.says("And SOL?")
    assert busy.text.startswith("Your last question is still being answered.")
    assert (await person.says("/cancel")).text == "Stopped: your question."
    stopped = await person.sees(lambda one: one.id == progress.id and "Stopped" in one.text)
    assert stopped.text == "Stopped. Nothing was ordered."
    told = await person.says("/why")
    assert told.text.startswith("You have not asked anything yet.")


async def _votes(person: Person) -> list[str]:
    why = await person.says("/why")
    return re.findall(r"run \d +(.+)", why.text)


async def test_card_says_that_its_order_is_a_median_where_the_runs_differ(wild_town: World) -> None:
    person = wild_town.person()
    orders = ({"stop": "0.02", "target": "5%", "size": 0.5}, {"stop": "0.04", "target": "5%"})
    wild_town.plays(
        *([glance("ETH"), says("long", "ETH", order=order)] for order in orders),
        [glance("ETH"), says("flat", "ETH")],
    )
    card = await person.asks(QUESTION)
    assert "Size, stop: median of 2 runs" in card.text


async def test_half_of_a_flat_vote_is_no_size_and_an_order_in_words_names_its_command(
    wild_town: World,
) -> None:
    person = wild_town.person()
    wild_town.plays(*(quick_run("flat", "ETH") for _ in range(3)))
    card = await person.asks("Is ETH a long on the 1h, with half the usual size?")
    assert "there is no order, so no size to change" in card.text
    wild_town.plays(*(quick_run("flat", "ETH") for _ in range(3)))
    card = await person.asks("buy 200 usdt of eth on the 1h, stop 2%")
    assert "Words order nothing. To order, send: /buy ETH/USDT 200 stop 2%" in card.text


async def test_vote_against_what_the_words_order_offers_no_order(wild_town: World) -> None:
    person = wild_town.person()
    wild_town.plays(*(quick_run("short", "ETH") for _ in range(3)))
    card = await person.asks("buy me a bit of eth")
    assert "No order: the vote is against what you asked for." in card.text
    assert "Confirm" not in labels(card)
