"""How a run failed is told in the language of the question."""

from __future__ import annotations

import pytest

from agents import failure
from agents.failure import Failed
from agents.failure_words import failure_words
from desk.language import Language, language_of

LIKELIEST = [
    failure.TIMED_OUT,
    failure.RATE_LIMITED,
    failure.NO_QUOTA,
    failure.UNREACHABLE,
    failure.KEY_REFUSED,
    failure.UNKNOWN_MODEL,
    failure.SERVER_ERROR,
    failure.CUT_OFF,
    failure.PROSE,
    failure.OVER_BUDGET,
    failure.OVER_DAY,
]


@pytest.mark.parametrize("failed", LIKELIEST, ids=lambda failed: failed.label)
def test_the_likeliest_failures_have_chinese_words(failed: Failed) -> None:
    assert failure_words(failed) == f"{failed.label}: {failed.text}"
    assert language_of(failure_words(failed, Language.ZH)) is Language.ZH


def test_chinese_words_name_the_fallbacks_settings() -> None:
    told = failure_words(failure.KEY_REFUSED.naming("FALLBACK"), Language.ZH)
    assert "FALLBACK_API_KEY" in told
    assert "OPENAI_" not in told


def test_a_failure_without_chinese_words_is_told_in_english() -> None:
    failed = Failed("odd", "Something odd. Ask again.")
    assert failure_words(failed, Language.ZH) == "odd: Something odd. Ask again."
