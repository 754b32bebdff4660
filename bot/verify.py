"""`python -m bot verify`: say what an examination of the account log found."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from desk.audit import Audited

NOTE_IT = (
    "Note last hashes elsewhere: whoever can write to this file can also write its newest rows "
    "and their hashes anew, and only a noted hash tells."
)


def report(examined: Iterable[Audited], say: Callable[[str], None], *, one: bool = False) -> int:
    """Say each problem as it is found, and a last line; 0 when all is sound, else 1.

    `one`: a single account was asked for, so its last hash is told.
    """
    accounts = events = questions = unsound = 0
    for audited in examined:
        name = "the file" if audited.account_id is None else f"account {audited.account_id}"
        for note in audited.notes:
            say(f"{name}: {note}")
        for finding in audited.findings:
            say(f"{name}: {finding.problem}\n  {finding.advice}")
        unsound += bool(audited.findings)
        if audited.account_id is None:
            continue
        accounts += 1
        events += audited.events
        questions += audited.questions
        if one and not audited.findings:
            say(f"{name}: last hash {audited.last_hash}")
            if audited.last_question:
                say(f"{name}: last hash of its questions {audited.last_question}")
            say(NOTE_IT)
    known = f"{_count(accounts, 'account')}, {_count(events, 'event')}"
    if questions:
        known += f", {_count(questions, 'question')}"
    say(f"{known}: {'problems, see above' if unsound else 'all sound'}")
    return 1 if unsound else 0


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
