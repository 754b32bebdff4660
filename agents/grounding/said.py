"""A sentence in its parts: clauses, and around each slot the words that speak of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from desk.facts import Fact

SLOT = re.compile(r"\{(f\d{1,9})\}")
# A bracket after a digit belongs to a name: RSI(14).
PART = re.compile(r"[,，、]|(?<!\d)[)）]|\b(?:and|with)\b|和|与")
_CLAUSE = re.compile(
    r"[;；。！？]|[.!?](?=\s|$)|\b(?:but|while|whereas|although|(?:even )?though|however|despite|"
    r"versus|vs\.?)\b|,\s*yet\b|但是?|而|不过|然而"
)


@dataclass(frozen=True)
class Said:
    """A slot in its clause: its fact, the words before it (from the last slot on) and after it.

    `near` are the words of its own part before it, `then` those of its own part after it.
    """

    fact: Fact
    start: int
    end: int
    before: str
    after: str

    @property
    def near(self) -> str:
        return PART.split(self.before)[-1]

    @property
    def then(self) -> str:
        return PART.split(self.after)[0]


@dataclass(frozen=True)
class Clause:
    """A part of a sentence that makes one statement, or several beside each other.

    `told` are the facts of the whole sentence.
    """

    text: str
    said: tuple[Said, ...]
    sentence: str
    told: tuple[Fact, ...] = ()

    @property
    def words(self) -> str:
        """The text without its slots."""
        return SLOT.sub(" ", self.text)

    @property
    def facts(self) -> tuple[Fact, ...]:
        return tuple(one.fact for one in self.said)


def clauses_of(sentence: str, facts: Mapping[str, Fact]) -> tuple[Clause, ...]:
    """Cut a sentence into its clauses; every slot must be one of the facts."""
    told = tuple(facts[match[1]] for match in SLOT.finditer(sentence))
    return tuple(
        _clause(sentence[start:end], sentence, facts, told)
        for start, end in clause_spans(sentence)
        if sentence[start:end].strip()
    )


def clause_spans(sentence: str) -> tuple[tuple[int, int], ...]:
    """Return where each clause starts and ends."""
    cuts = [0, *(match.end() for match in _CLAUSE.finditer(sentence)), len(sentence)]
    return tuple(pairwise(cuts))


def _clause(text: str, sentence: str, facts: Mapping[str, Fact], told: tuple[Fact, ...]) -> Clause:
    slots = list(SLOT.finditer(text))
    edges = [0, *(match.end() for match in slots)]
    nexts = [*(match.start() for match in slots[1:]), len(text)]
    said = tuple(
        Said(
            facts[match[1]],
            match.start(),
            match.end(),
            text[start : match.start()],
            text[match.end() : stop],
        )
        for match, start, stop in zip(slots, edges, nexts, strict=False)
    )
    return Clause(text, said, sentence, told)
