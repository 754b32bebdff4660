"""A search is believed only when nothing speaks against it, and each reason is told."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest

from desk.edge import Evidence, judge
from trading.overfitting import Overfitting
from trading.search_windows import Figures

GOOD = Evidence(
    out_of_sample=Figures(0.4, 2.4, 0.1, 60),
    hold=Figures(0.3, 0.9, 0.4, 0),
    sharpe_low=0.6,
    sharpe_high=4.1,
    deflated=0.98,
    tried=250,
    overfitting=Overfitting(0.08, 0.01, 924),
    beyond_market=0.99,
)


def test_what_passes_everything_holds() -> None:
    assert judge(GOOD).holds
    assert judge(GOOD).reasons == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"out_of_sample": Figures(9.0, 6.1, 0.1, 60)}, "A Sharpe ratio of 6.10 is too good to be"),
        ({"out_of_sample": Figures(9.0, 6.0, 0.1, 60)}, ""),
        ({"out_of_sample": Figures(0.4, 2.4, 0.1, 12)}, "Only 12 trades out-of-sample, 20"),
        ({"sharpe_low": -0.4}, "Out-of-sample Sharpe may be below zero."),
        ({"sharpe_low": 0.0}, "may be below zero"),
        ({"sharpe_low": -3.0, "sharpe_high": -0.5}, "Sharpe is below zero."),
        ({"sharpe_low": nan, "sharpe_high": nan}, "hardly did anything"),
        ({"deflated": 0.41}, "The best of 250 sets may be luck."),
        ({"deflated": nan}, "deflated Sharpe ratio can't be computed"),
        (
            {"overfitting": Overfitting(0.46, 0.3, 924)},
            "best set lost money in 30.0 % of the splits",
        ),
        ({"overfitting": Overfitting(nan, nan, 0)}, "chance of overfitting can't"),
        ({"hold": Figures(0.5, 2.0, 0.4, 0)}, ""),
        ({"hold": Figures(0.5, 3.0, 0.4, 0)}, "Holding earned more"),
        ({"hold": Figures(0.5, 2.0, 0.12, 0)}, "Holding earned more"),
        ({"beyond_market": 0.62}, "gain is 62.0 % sure, 95 % needed"),
        ({"beyond_market": nan}, "can't be told from the market's own move"),
    ],
)
def test_each_doubt_is_a_reason_in_plain_words(change: dict[str, object], words: str) -> None:
    judgement = judge(replace(GOOD, **change))  # type: ignore[arg-type]  # one field of any type
    assert judgement.holds == (not words)
    assert len(judgement.reasons) == bool(words)
    assert words in "".join(judgement.reasons)
    assert judgement.too_good == ("too good" in words)
    assert judgement.remarks == ()


def test_best_that_changes_places_among_sets_that_all_earn_is_no_reason() -> None:
    judgement = judge(replace(GOOD, overfitting=Overfitting(0.6, 0.05, 924)))
    assert judgement.holds
    assert judgement.remarks == (
        "Chance of overfitting above 20 %, accepted: nearly all sets earn, the best lost money in "
        "only 5.00 % of the splits.",
    )


def test_losing_less_than_a_crash_is_calmer_only_with_a_gain() -> None:
    crash = Figures(-0.1, -0.3, 0.6, 0)
    assert judge(replace(GOOD, hold=crash)).holds
    lost = replace(GOOD, hold=crash, out_of_sample=Figures(-0.2, -0.1, 0.2, 60))
    assert "Holding earned more and was not clearly riskier." in judge(lost).reasons
