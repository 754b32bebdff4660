"""`python -m bot replay`: make the card of a stored question again, with nothing but the file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from html import unescape
from typing import Protocol

from agents.trace import Trace, UnreadableTrace
from agents.trace import parse as parse_trace
from agents.verdict import count
from bot.cards import answered
from bot.cards.answered import Answered, Rows, UnreadableCard
from desk.ports import StoredCard, StoredQuestion

LATEST = 10
MOST_ALIKE = 5
SHORT_ID = 8
QUESTION_SHOWN = 60
_TAG = re.compile(r"<[^<>]*>")
# What could steer a terminal.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
Say = Callable[[str], None]


class Records(Protocol):
    """The questions of a file, and whether they are as they were stored."""

    def latest(self, most: int) -> Sequence[StoredQuestion]:
        """Return the newest questions of all accounts, newest first."""

    def find(self, beginning: str, most: int) -> Sequence[StoredQuestion]:
        """Return the questions whose id begins like this, newest first."""

    def card(self, question: StoredQuestion) -> StoredCard | None:
        """Return the card that answered a question; None when none was stored."""

    def fault(self, question: StoredQuestion) -> str:
        """Say what was done to a question or its card after it was stored; "": nothing."""


def replay(records: Records, wanted: str, say: Say, code: str) -> int:
    """Make a card again and compare it with the one that was sent; "" lists the latest questions.

    `wanted` is the id of a question or its beginning, `code` names the code that makes cards now
    (bot.card_code). Return 0 when the card is the same to the last byte, 1 when it is not or
    can't be told, 2 when no one question is named.
    """
    if not wanted:
        return _list(records, say)
    found = records.find(wanted, MOST_ALIKE + 1)
    exact = [one for one in found if one.id == wanted] or found
    if len(exact) != 1:
        _not_one(wanted, exact, say)
        return 2
    question = exact[0]
    try:
        trace = parse_trace(question.trace)
        stored = records.card(question)
        sent = answered.parse(stored.data) if stored else None
    except (UnreadableTrace, UnreadableCard) as error:
        say(records.fault(question) or str(error))
        return 1
    return _compare(records.fault(question), trace, sent, say, code)


def _list(records: Records, say: Say) -> int:
    latest = records.latest(LATEST)
    if not latest:
        say("No question is stored yet.")
        return 0
    say("The latest questions; `python -m bot replay <id>` makes a card again:")
    for one in latest:
        say(f"{one.id}  {one.asked_at:%Y-%m-%d %H:%M} UTC  {_short(one.text)}")
    return 0


def _not_one(wanted: str, found: Sequence[StoredQuestion], say: Say) -> None:
    if not found:
        say(f"No question has an id that begins with {wanted}. `python -m bot replay` lists some.")
        return
    say(f"More than one question has an id that begins with {wanted}; write more of it:")
    for one in found[:MOST_ALIKE]:
        say(f"{one.id}  {_short(one.text)}")


def _compare(fault: str, trace: Trace, sent: Answered | None, say: Say, code: str) -> int:
    verdict = count(trace)
    say(f"question {trace.id} of {trace.asked_at:%Y-%m-%d %H:%M:%S} UTC: {_short(trace.question)}")
    if sent is None:
        say("same as sent: not known, no card of this question was stored.")
        say(fault or "It is older than stored cards, or the bot was stopped before it was shown.")
        return 1
    html, buttons = answered.made_again(verdict, sent)
    say("")
    for line in (*_visible(html), *_drawn(buttons)):
        say(line)
    say("")
    if sent.picture:
        say(f"chart: its image is not stored, only its sha256 {sent.picture}")
    if fault:
        say(f"same as sent: no. {fault}")
        return 1
    made = answered.digest_of(html, buttons)
    if made == sent.sha256 == answered.digest_of(sent.html, sent.buttons):
        say(f"same as sent: yes (sha256 {made})")
        return 0
    say(f"same as sent: no (sha256 {made}, sent {sent.sha256})")
    for line in _differences(sent, html, buttons):
        say(_CONTROL.sub("�", line))
    if sent.code != code:
        say(
            f"The card was made by other code of this program ({sent.code}, this is {code}), "
            "which may write it otherwise. The stored question itself is as it was."
        )
    return 1


def _differences(sent: Answered, html: str, buttons: Rows) -> Iterator[str]:
    before = [*sent.html.split("\n"), *_drawn(sent.buttons)]
    after = [*html.split("\n"), *_drawn(buttons)]
    yield from difflib.unified_diff(before, after, "sent", "made again", lineterm="", n=0)


def _visible(html: str) -> list[str]:
    return [_CONTROL.sub("�", unescape(_TAG.sub("", line))) for line in html.split("\n")]


def _drawn(buttons: Rows) -> list[str]:
    return [" ".join(f"[ {label} ]" for label, _ in row) for row in buttons]


def _short(text: str) -> str:
    line = _CONTROL.sub("�", " ".join(text.split()))
    return line if len(line) <= QUESTION_SHOWN else f"{line[:QUESTION_SHOWN]}…"
