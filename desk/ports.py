"""What the desk needs of the world; market/ and storage/ provide it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from trading.candles import Candles, Timeframe
from trading.events import Event, Recorded
from trading.instrument import Instrument, Quote

Clock = Callable[[], datetime]
NewId = Callable[[], str]


class Prices(Protocol):
    """Prices of one source, now (a market) or at one moment (desk.snapshot.Snapshot).

    Errors: desk.errors.UnknownSymbol, desk.errors.MarketUnavailable.
    """

    @property
    def name(self) -> str:
        """The exchange's id, "demo" for the demo market."""

    @property
    def demo(self) -> bool:
        """True when prices are made up; every card then says DEMO DATA."""

    async def instrument(self, symbol: str) -> Instrument:
        """Trading rules of a symbol."""

    async def quote(self, symbol: str) -> Quote:
        """Return the present price; at most a few seconds old, or MarketUnavailable."""


class MarketData(Prices, Protocol):
    """A market: chosen at start and never mixed with another."""

    async def symbols(self) -> Sequence[str]:
        """All symbols that can be asked for."""

    async def candles(
        self, symbol: str, timeframe: Timeframe, end: datetime, count: int
    ) -> Candles:
        """Return up to `count` newest candles that were closed at `end`; fewer if history is."""

    async def warm(self) -> None:
        """Do ahead what a first question would otherwise wait for."""

    async def close(self) -> None:
        """Give connections back."""


@dataclass(frozen=True)
class Entry:
    """An event to append; `key` is unique per account, so a repeated append is noticed."""

    event: Event
    key: str


@dataclass(frozen=True)
class Message:
    """A chat message that an event must cause; written in the event's transaction.

    `kind` names the card in bot/cards/outgoing.py ("fill", "drawdown", "expired", …); `key` is
    unique per account; `payload` is JSON text that the card is made of. A `critical` one goes to
    the second channel too, a `quiet` one makes no sound, none is sent before `not_before`.
    """

    key: str
    chat_id: int
    kind: str
    payload: str
    critical: bool = False
    quiet: bool = False
    not_before: datetime | None = None


CHAT = "chat"


@dataclass(frozen=True)
class Outgoing:
    """A message waiting in the outbox for one channel: CHAT, or an address of the second one.

    `attempts` counts the tries that failed; `uncertain`: one of them may have arrived.
    """

    id: int
    account_id: str
    key: str
    chat_id: int
    kind: str
    payload: str
    attempts: int
    created_at: datetime
    channel: str = CHAT
    quiet: bool = False
    uncertain: bool = False


class AccountLog(Protocol):
    """The append-only log, one chain of hashes per account."""

    async def read(self, account_id: str, after: int = 0) -> Sequence[Recorded]:
        """Events with seq > `after`, in order."""

    async def append(
        self,
        account_id: str,
        expected_seq: int,
        at: datetime,
        entries: Sequence[Entry],
        messages: Sequence[Message] = (),
    ) -> Sequence[Recorded]:
        """Append all or nothing, durably; the messages go into the outbox.

        Errors: LogConflict when the log's last seq is not `expected_seq`; AlreadyRecorded when
        a key (of an entry or a message) is there already. AlreadyRecorded is checked first.
        """

    async def accounts(self) -> Sequence[str]:
        """Ids of all accounts."""


class Outbox(Protocol):
    """The messages to be sent, a lane for each chat of each channel.

    Whoever sends a message claims it first, for a time: so the try is on the disk before it
    begins, and of several processes one makes it. A claim whose time is over may be taken by
    anyone; how that try ended is then unknown, and the message is `uncertain`.
    """

    async def due(self, now: datetime, limit: int = 20, channel: str = CHAT) -> Sequence[Outgoing]:
        """Messages whose time has come, oldest first; claims nothing."""

    async def claim(
        self, channel: str, owner: str, now: datetime, until: datetime, limit: int
    ) -> Sequence[Outgoing]:
        """Claim the oldest due message of each lane, durably, and return those claimed.

        A lane in which a message is being sent, or waits for its next try, is left alone.
        """

    async def renew(self, channel: str, owner: str, until: datetime) -> None:
        """Make this owner's claims last longer."""

    async def take_over(self, channel: str, owner: str) -> None:
        """End the claims of all others, which are known to have ended."""

    async def delivered(self, outgoing_id: int, at: datetime, message_id: int) -> None:
        """Record that the channel took the message."""

    async def retry_later(
        self,
        outgoing_id: int,
        owner: str,
        at: datetime,
        error: str,
        *,
        uncertain: bool = False,
        holds: bool = True,
    ) -> None:
        """Record a failed try and end the claim; the message is due again at `at`.

        `uncertain`: it may have arrived. `holds`: the younger ones of its lane wait for it.
        """

    async def gave_up(self, outgoing_id: int, owner: str, at: datetime, error: str) -> None:
        """Record that the message can never be delivered (chat gone, bot blocked)."""


@dataclass(frozen=True)
class StoredQuestion:
    """One question with all that happened, for `/why`; `trace` is JSON text (agents.trace)."""

    id: str
    account_id: str
    asked_at: datetime
    text: str
    trace: str


class QuestionStore(Protocol):
    """Questions and their traces."""

    async def save(self, question: StoredQuestion) -> None: ...

    async def load(self, question_id: str) -> StoredQuestion | None: ...

    async def latest(self, account_id: str) -> StoredQuestion | None: ...


class CardStore(Protocol):
    """Which message shows what, so that it can be mended when that ends without an answer."""

    async def put(self, proposal_id: str, chat_id: int, message_id: int) -> None: ...

    async def get(self, proposal_id: str) -> tuple[int, int] | None:
        """Return chat id and message id."""

    async def begun(self, chat_id: int, message_id: int) -> None:
        """Remember that a message shows the progress of an answer."""

    async def finished(self, chat_id: int, message_id: int) -> None:
        """Forget it: the answer is there."""

    async def unfinished(self) -> Sequence[tuple[int, int]]:
        """Return chat id and message id of every progress that no answer replaced."""


class People(Protocol):
    """Who may use the bot, beside those named in the settings."""

    async def owner(self) -> int | None:
        """The person who claimed the bot."""

    async def claim(self, user_id: int, at: datetime) -> bool:
        """Make this person the owner; False when somebody is already."""
