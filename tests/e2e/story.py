"""What one person does with the desk, whatever becomes of the process meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.cards.outgoing import outgoing_card
from sandbox.chat import SeenMessage
from sandbox.html_mode import parse_html
from sandbox.records import Tap
from tests.e2e.book import Posted
from tests.e2e.person import Check, Person, labels
from tests.e2e.stage import BASE, Stage
from trading.events import AlertRang, OrderPlaced, ProposalConfirmed
from trading.orders import FillReason

T = TypeVar("T")
PATIENCE = 30.0
LATE = 3.0  # seconds after a start in which an answer to what came before it may still come
EDITS = ("expired",)  # these change a card and send no message
CONFIRMED = ("Bought", "Waits in the book", "Already confirmed")


class Story:
    """Buys and is stopped out, orders at a limit and is filled, is told of a price, closes.

    Each step is tried again when the process died before it was answered, as a person would. A
    silence without a death is a failure.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.person: Person = stage.person()
        self.account_id = str(self.person.id)
        self.acknowledged: list[str] = []

    async def happens(self) -> None:
        """Go through all of it and check what is left."""
        stage, book = self.stage, self.stage.book
        await self.says("/start", lambda one: "Simulated money only" in one.text)
        await stage.price(1.0, wait=True)
        await self.orders(f"/buy {BASE} 150")
        await stage.price(0.96)
        await self.reasons("entry", "stop")
        await stage.price(1.0, wait=True)
        await self.orders(f"/buy {BASE} 150 limit {stage.usual * 0.985:.5f} stop none target none")
        await self.says(
            f"/alert {BASE} above {stage.usual * 1.02:.5f}",
            lambda one: one.text.startswith("Armed"),
        )
        await stage.price(0.98)
        await self.reasons("entry", "stop", "entry")
        await stage.price(1.03)
        await self.until(lambda: any(isinstance(one, AlertRang) for one in self.events()))
        held = await self.says("/positions", lambda one: f"Close {BASE}/USDT" in labels(one))
        await self.taps(held, f"Close {BASE}/USDT", ("Closed", "This position was closed already"))
        await self.reasons("entry", "stop", "entry", "close")
        await stage.price(1.0)
        assert not book.state(self.account_id).positions

    async def orders(self, text: str) -> None:
        """Ask for an order and confirm it."""
        card = await self.says(text, lambda one: "Confirm" in labels(one))
        proposal_id = (card.button("Confirm").data or "").partition(":")[2]
        await self.taps(card, "Confirm", CONFIRMED)
        self.acknowledged.append(proposal_id)
        self.nothing_acknowledged_is_lost()

    def nothing_acknowledged_is_lost(self) -> None:
        """What the person was told to be done is in the log, once."""
        events = self.events()
        for proposal_id in self.acknowledged:
            confirmed = [
                one
                for one in events
                if isinstance(one, ProposalConfirmed) and one.proposal_id == proposal_id
            ]
            entries = [
                one
                for one in events
                if isinstance(one, OrderPlaced)
                and one.order.proposal_id == proposal_id
                and not one.order.is_exit
            ]
            assert len(confirmed) == len(entries) == 1, proposal_id

    async def settled(self) -> None:
        """Wait until every message is delivered, then check everything once more."""
        self.nothing_acknowledged_is_lost()
        await self.until(lambda: all(one.state != "waiting" for one in self.posted()), 60)
        texts = self.person.texts
        for one in self.posted():
            assert one.state == "delivered", one
            if one.kind in EDITS:
                continue
            plain = texts.count(_shown(one.kind, one.payload, uncertain=False))
            marked = texts.count(_shown(one.kind, one.payload, uncertain=True))
            assert plain <= 1, f"told twice without a word: {one}"
            assert plain + marked >= 1, f"never told: {one}\n{texts}"
        self.adds_up()

    def adds_up(self) -> None:
        book, me = self.stage.book, self.account_id
        state = book.state(me)
        assert state.cash == book.cash(me)
        assert not state.orders
        fills = book.fills(me)
        assert [fill.reason for fill in fills] == ["entry", "stop", "entry", "close"]
        assert len({fill.order_id for fill in fills}) == len(fills)
        rings = [one for one in self.events() if isinstance(one, AlertRang)]
        assert len([one for one in rings if one.ring.kind == "price"]) == 1
        assert not state.untold
        told = {fill.id for fill in fills}
        assert all(any(name in one.payload for one in self.posted()) for name in told)

    def events(self) -> list[object]:
        return [one.event for one in self.stage.book.log(self.account_id)]

    def posted(self) -> Sequence[Posted]:
        return self.stage.book.outbox(self.account_id)

    async def reasons(self, *wanted: FillReason) -> None:
        """Wait until the account's fills have come for these reasons."""
        found: list[FillReason] = []

        def there() -> bool:
            found[:] = [fill.reason for fill in self.stage.book.fills(self.account_id)]
            return found == list(wanted)

        try:
            await self.until(there)
        except TimeoutError:
            raise AssertionError(f"{found} in place of {wanted}") from None

    async def until(self, holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait until something holds that the product does by itself."""
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110  there is no event to wait for
                await asyncio.sleep(0.05)

    async def says(self, text: str, check: Check) -> SeenMessage:
        """Write until an answer comes that passes."""
        while True:
            number, deaths = self.person.writes(text), self.stage.deaths

            def answer(number: int = number) -> SeenMessage | None:
                shown = self.person.shown
                return next((one for one in shown if one.id > number and check(one)), None)

            found = await self._answered(answer, deaths)
            if found is not None:
                return found

    async def taps(self, message: SeenMessage, label: str, accepted: tuple[str, ...]) -> Tap:
        """Tap until a notice comes that begins with one of these."""
        data = message.button(label).data
        assert data is not None
        while True:
            query, deaths = self.person.sends_tap(message, data), self.stage.deaths

            def answer(query: str = query) -> Tap | None:
                taps = self.stage.telegram.chat.answers(self.person.id)
                return next((tap for tap in taps if tap.query_id == query and tap.answered), None)

            tap = await self._answered(answer, deaths)
            if tap is not None and tap.text.startswith(accepted):
                return tap
            # What waited while the bot was away is not done; it says so.
            assert tap is None or "away" in tap.text or self.stage.deaths > deaths, tap.text

    async def _answered(self, answer: Callable[[], T | None], deaths: int) -> T | None:
        """Wait for an answer; None when the process died and the next one says nothing either."""
        end = time.monotonic() + PATIENCE
        while (found := answer()) is None:
            died = self.stage.deaths > deaths
            if died and time.monotonic() > self.stage.born_at + LATE:
                return None
            assert time.monotonic() < end, "no answer, and nobody died:\n" + "\n---\n".join(
                self.person.texts
            )
            await asyncio.sleep(0.03)
        return found


def _shown(kind: str, payload: str, *, uncertain: bool) -> str:
    """Return the text that a message of the outbox has in the chat."""
    return parse_html(outgoing_card(kind, payload, uncertain=uncertain).html())[0]
