"""The named points at which a test ends the product: what is wrapped, and where in it it dies.

A target is "module:name" or "module:Class.name", wrapped in that module as soon as it is imported;
one that does not exist there ends the start with an error, so no point is passed over unseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

When = Literal["before", "inside", "after"]
UPDATE = "telegram.ext._application:Application.process_update"
REQUEST = "telegram.request._httpxrequest:HTTPXRequest.do_request"


@dataclass(frozen=True)
class Point:
    """`inside`: at the end of a context manager's block, before it is left.

    `only`: the request's address ends so. `most`: how often a life passes it for certain.
    """

    target: str
    when: When
    most: int = 1
    only: str = ""

    @property
    def module(self) -> str:
        return self.target.partition(":")[0]

    @property
    def path(self) -> str:
        return self.target.partition(":")[2]


POINTS = {
    # The log
    "append begins": Point("storage.account_log:SqliteAccountLog.append", "before", 9),
    "events are in, messages are not": Point("storage.account_log:put", "before", 9),
    "append before its commit": Point("storage.account_log:writing", "inside", 9),
    "append after its commit": Point("storage.account_log:writing", "after", 9),
    "append has returned": Point("storage.account_log:SqliteAccountLog.append", "after", 9),
    "account is changed": Point("desk.accounts:Accounts.change", "after", 5),
    # A tap
    "update is fetched": Point(REQUEST, "after", 3, "/getUpdates"),
    "update is handed out": Point(UPDATE, "before", 4),
    "update is done": Point(UPDATE, "after", 4),
    "confirm begins": Point("desk.confirm:Confirm.confirm", "before"),
    "confirm has filled": Point("desk.confirm:Confirm.confirm", "after"),
    "close has filled": Point("desk.confirm:Confirm.close", "after"),
    "before the toast": Point("telegram._callbackquery:CallbackQuery.answer", "before", 2),
    "after the toast": Point("telegram._callbackquery:CallbackQuery.answer", "after", 2),
    "buttons are changed": Point(REQUEST, "after", 1, "/editMessageReplyMarkup"),
    "card is sent, not noted": Point("storage.cards:SqliteCards.put", "before", 2),
    "card is noted": Point("storage.cards:SqliteCards.put", "after", 2),
    # The outbox
    "claim begins": Point("storage.outbox:SqliteOutbox.claim", "before", 2),
    "message is claimed": Point("storage.outbox:SqliteOutbox.claim", "after", 2),
    "message is on its way": Point(REQUEST, "before", 5, "/sendMessage"),
    "message is sent": Point(REQUEST, "after", 5, "/sendMessage"),
    "delivery is not recorded": Point("storage.outbox:SqliteOutbox.delivered", "before", 2),
    "delivery before its commit": Point("storage.outbox:writing", "inside", 4),
    "delivery is recorded": Point("storage.outbox:SqliteOutbox.delivered", "after", 2),
    "old claims are taken over": Point("storage.outbox:SqliteOutbox.take_over", "after"),
    # The watch
    "tick begins": Point("desk.watch:Watch.tick", "before", 9),
    "missed candles are known": Point("desk.coverage:Coverage.catch_up", "after", 9),
    "prices were held against the book": Point("desk.walk:Walk.through", "after", 5),
    "exits before their append": Point("desk.confirm:Confirm.settle", "before", 5),
    "exits are filled": Point("desk.confirm:Confirm.settle", "after", 5),
    "looked, but not noted": Point("desk.coverage:Coverage.covered", "before", 9),
    "watermark before its commit": Point("storage.watermarks:writing", "inside"),
    "tick ends": Point("desk.watch:Watch.tick", "after", 9),
    # Snapshots
    "snapshot begins": Point("storage.snapshots:SqliteSnapshots.save", "before", 2),
    "snapshot before its commit": Point("storage.snapshots:writing", "inside", 2),
    "snapshot is written": Point("storage.snapshots:SqliteSnapshots.save", "after", 2),
    # The start
    "file is open": Point("storage.sqlite:open_database", "after"),
    "polling, nothing loaded": Point("bot.__main__:assemble", "before"),
    "loaded, no job started": Point("bot.__main__:assemble", "after"),
    "interrupted answers": Point("bot.serving:mend_interrupted", "before"),
}

# Passed only when there is no file yet.
FIRST_START = {
    "no table yet": Point("storage.sqlite:migrate", "before"),
    "tables before their commit": Point("storage.sqlite:writing", "inside"),
    "tables are made": Point("storage.sqlite:writing", "after"),
}
# Passed only where somebody armed a strategy.
ARMED = {
    "a close is about to be acted on": Point("desk.armed_runs:ArmedRuns._decided", "before"),
    "a run is recorded": Point("desk.armed_runs:ArmedRuns._decided", "after"),
    "a quiet close before its commit": Point("storage.closes_seen:writing", "inside"),
    "a quiet close is kept": Point("storage.closes_seen:SqliteClosesSeen.put", "after"),
}
EVERY = {**POINTS, **FIRST_START, **ARMED}
