"""What the desk needs of the world; market/ and storage/ provide it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from desk.called import Call, Followed, Key, Outcome
from desk.fear import Fear
from desk.mood import Scored
from desk.news import News
from desk.spending import Amount, DayUse
from trading.account import AccountState
from trading.candles import Candles, Timeframe
from trading.events import Event, Recorded
from trading.instrument import Instrument, Quote
from trading.outages import Stock

Clock = Callable[[], datetime]
NewId = Callable[[], str]
Series = tuple[str, Timeframe]  # the candles of a symbol
Told = Callable[[str], None]


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
        """Return up to `count` newest candles that were closed at `end`; fewer if history is.

        Candles.made_from says so where the market has no such timeframe.
        """

    async def backfill(
        self, symbol: str, timeframe: Timeframe, start: datetime, told: Told
    ) -> Stock:
        """Get every closed candle from `start` on into the cache; return what is there then.

        `told` gets lines of progress. Cancelled or broken off, it goes on from there next time.
        Of a timeframe that the market lacks, the one it is made from is got and returned.
        """

    async def fear(self, symbol: str) -> Fear:
        """Return what is known of a symbol's funding, open interest and order book.

        Only an unknown symbol is an error: what can't be had is in it with the reason.
        """

    def follow(self, symbols: Collection[str]) -> None:
        """Name all symbols in use, so that their prices may be had as they happen.

        Returns at once; symbols that were named before and are not now are followed no more.
        """

    async def moved(self) -> Collection[str]:
        """Wait until prices of followed symbols changed; return which. For one caller.

        Waits for ever where prices don't come by themselves: then they are asked for.
        """

    async def closed(self, since: Mapping[Series, datetime]) -> Mapping[Series, datetime]:
        """Wait until a candle of one of these closed after its time, and can be asked for.

        Return all of which one did, with the time of the newest close.
        """

    @property
    def flow(self) -> str:
        """How followed prices come in, in a few words, such as "live, 3 of 3 just now"."""

    async def warm(self) -> None:
        """Do ahead what a first question would otherwise wait for."""

    async def close(self) -> None:
        """Give connections back."""


class NewsSource(Protocol):
    """Where headlines come from; never real ones beside made-up prices, or the other way round."""

    async def latest(self) -> News:
        """Return what there is now, newest first; a feed that fails is told in it."""

    async def close(self) -> None:
        """Give connections back."""


class HeadlineScorer(Protocol):
    """Says what headlines mean, in numbers and enums only."""

    @property
    def name(self) -> str:
        """What scores, as a person reads it."""

    async def score(self, titles: Sequence[str]) -> Sequence[Scored]:
        """Score each headline, in their order; raise any error when that can't be done."""


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
    the second channel too, a `quiet` one makes no sound.
    """

    key: str
    chat_id: int
    kind: str
    payload: str
    critical: bool = False
    quiet: bool = False


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


@dataclass(frozen=True)
class EquityPoint:
    """Equity of an account (quote units) at a moment; recorded as its event number `seq`."""

    seq: int
    at: datetime
    equity: Decimal


class AccountLog(Protocol):
    """The append-only log, one chain of hashes per account."""

    async def read(self, account_id: str, after: int = 0) -> Sequence[Recorded]:
        """Events with seq > `after`, in order."""

    async def read_kinds(
        self,
        account_id: str,
        kinds: Sequence[str],
        *,
        newest: int | None = None,
        since: datetime | None = None,
        after: int = 0,
        first: int | None = None,
    ) -> Sequence[Recorded]:
        """Events of these kinds, in order: with seq > `after`, recorded at `since` or later.

        Of those all, or only the `first` so many, or only the `newest` so many.
        """

    async def read_equity(
        self, account_id: str, after: int = 0, first: int | None = None
    ) -> Sequence[EquityPoint]:
        """The opening cash and every recorded equity with seq > `after`, in order of seq.

        All, or only the `first` so many. For curves of very many points: no event is parsed.
        """

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

    async def has(self, account_id: str, key: str) -> bool:
        """Tell whether an event with this key is in the account's log."""

    async def heads(self) -> Mapping[str, int]:
        """Return the last seq of each account; a few steps for each, however long its log."""

    async def changed_elsewhere(self) -> bool:
        """Tell whether someone else may have written since the last call; True at the first.

        One caller for each log: an answer is given once.
        """


class SnapshotStore(Protocol):
    """Accounts' states, so that a start need not add up whole logs; may be lost at any time."""

    async def load(self, account_id: str) -> AccountState | None:
        """Return a state that the log itself vouches for: its seq and hash are there."""

    async def save(self, state: AccountState) -> None:
        """Keep a state in place of an older one of the account."""


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

    async def take_over(self, owner: str, channels: Sequence[str], now: datetime) -> None:
        """Begin as the only sender: end the claims of all others, which are known to be dead.

        What waits for a channel that is not among `channels` is given up.
        """

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


@dataclass(frozen=True)
class StoredCard:
    """The card that answered a question: what it was made of and how it was sent.

    `data` is JSON text (bot.cards.answered); `at`: when it was made.
    """

    question_id: str
    account_id: str
    at: datetime
    data: str


class QuestionStore(Protocol):
    """Questions and their traces; what is stored is never changed."""

    async def save(self, question: StoredQuestion) -> None: ...

    async def load(self, question_id: str) -> StoredQuestion | None: ...

    async def latest(self, account_id: str) -> StoredQuestion | None: ...


class QuestionArchive(QuestionStore, Protocol):
    """Questions with the cards that answered them."""

    async def keep_card(self, card: StoredCard) -> None:
        """Store the card of a stored question, once."""

    async def recent(self, account_id: str, most: int) -> Sequence[StoredQuestion]:
        """Return the account's newest questions, newest first."""

    async def find(self, account_id: str, beginning: str, most: int) -> Sequence[StoredQuestion]:
        """Return the account's questions whose id begins like this, newest first."""


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


class Watermarks(Protocol):
    """Up to when each symbol's prices were held against the book."""

    async def load(self) -> Mapping[str, datetime]: ...

    async def put(self, marks: Mapping[str, datetime]) -> None: ...


class People(Protocol):
    """Who may use the bot, beside those named in the settings."""

    async def owner(self) -> int | None:
        """The person who claimed the bot."""

    async def claim(self, user_id: int, at: datetime) -> bool:
        """Make this person the owner; False when somebody is already."""


@dataclass(frozen=True)
class StoredTurn:
    """A question as a later one may refer to it; `data` is JSON text (agents.questions.thread)."""

    account_id: str
    chat_id: int
    at: datetime
    data: str


class TurnStore(Protocol):
    """What was asked lately, by account and chat."""

    async def add(self, turn: StoredTurn, keep: int, since: datetime) -> None:
        """Store a turn; drop what is older than `since`, and all but the newest `keep`."""

    async def of(self, account_id: str, chat_id: int) -> Sequence[StoredTurn]:
        """Return the turns of one person in one chat, oldest first."""

    async def forget(self, account_id: str, chat_id: int) -> int:
        """Delete the turns of one person in one chat; return how many there were."""


class SpendingStore(Protocol):
    """What people spent on the language model, by person and day."""

    async def reserve(
        self,
        reservation_id: str,
        person: str,
        day: date,
        grant: Callable[[Amount], Amount | None],
    ) -> tuple[Amount, Amount | None]:
        """Set aside what `grant` allows beside what is used; return what was used, and that.

        Both happen at once: nobody else's reservation of the person's day comes between.
        """

    async def settle(self, reservation_id: str, used: Amount, at: datetime) -> None:
        """Count what was used in place of what was set aside; once for each reservation."""

    async def use(self, person: str, day: date) -> DayUse:
        """Return what is used and set aside."""


class CallStore(Protocol):
    """What was called on questions, when it is due, and what became of it."""

    async def record(
        self, question_id: str, calls: Sequence[tuple[Call, datetime]], *, read: bool = True
    ) -> None:
        """Store calls with the time each is due, and that the question's trace was `read`.

        Each is stored once; a price that was not known the first time is added.
        """

    async def unread(self, limit: int) -> Sequence[StoredQuestion]:
        """Return stored questions whose traces were never read, oldest first."""

    async def due(self, now: datetime, limit: int, *, demo: bool) -> Sequence[Followed]:
        """Return calls of real or made-up prices that are to be scored now, the oldest first."""

    async def postpone(self, keys: Sequence[Key], now: datetime, until: datetime) -> None:
        """Look at these again at `until`; remember when they were first looked at in vain."""

    async def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Store what became of calls; one that is settled already stays as it is."""

    async def of_account(self, account_id: str) -> Sequence[Followed]:
        """Return all calls on an account's questions, newest first."""
