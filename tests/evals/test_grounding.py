"""The corpora of drafts: large, of many kinds, and judged by the check as their authors did."""

from __future__ import annotations

import pytest

from agents.grounding.slots import check, normalise, render
from desk.language import language_of
from evals.grounding_cases.adversarial import ADVERSARIAL
from evals.grounding_cases.book import Market, markets
from evals.grounding_cases.cases import Case, cases
from evals.grounding_cases.sound import SOUND


@pytest.fixture
async def books() -> tuple[Market, ...]:
    return await markets()


def problems(case: Case) -> tuple[str, ...]:
    market = case.market
    return check(normalise(case.text), market.book, market.symbol, market.timeframe)


async def test_no_false_draft_is_accepted(books: tuple[Market, ...]) -> None:
    lies = list(cases(ADVERSARIAL, books, 4))
    assert len({case.text for case in lies}) >= 300
    assert len(ADVERSARIAL) >= 60
    assert [(case.kind, case.text) for case in lies if not problems(case)] == []


async def test_at_most_one_true_draft_in_a_hundred_is_refused(books: tuple[Market, ...]) -> None:
    truths = list(cases(SOUND, books, 4))
    assert len({case.text for case in truths}) >= 300
    refused = [(case.text, problems(case)) for case in truths if problems(case)]
    assert len(refused) <= len(truths) / 100, refused


async def test_true_drafts_when_rendered_hold_no_slot_and_no_minus_beside_a_fall(
    books: tuple[Market, ...],
) -> None:
    for case in cases(SOUND, books, 1):
        shown = render(normalise(case.text), case.market.book, language_of(case.text))
        assert "{" not in shown
        assert "fell −" not in shown
        assert "loss of −" not in shown
