from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from agents import failure
from agents.answer import Answer
from agents.trace import Trace, TracedCall, TracedFact, TracedRun, UnreadableTrace, dump, parse
from agents.verdict import DROPPED, count
from desk.facts import Fact, Value

AT = datetime(2026, 3, 1, 14, tzinfo=UTC)


def fact(
    n: int,
    label: str,
    value: Value,
    symbol: str = "BTC/USDT",
    timeframe: str = "1h",
    tool: str = "",
) -> Fact:
    return Fact(f"f{n}", label, value, "", symbol, timeframe, AT, tool or "indicators", "demo")


FACTS = (
    fact(1, "RSI(14)", 58.2),
    fact(2, "EMA 20/50", "above"),
    fact(3, "RSI(14)", 40.0, symbol="ETH/USDT"),
    fact(4, "Forecast ↑ 4 candles", 0.52, tool="forecast"),
    fact(5, "Forecast edge", "no edge", tool="forecast"),
    fact(6, "VaR 95 %, 1 day", Decimal("0.031"), timeframe="1d", tool="risk_check"),
    fact(7, "sma_cross return", 0.184, tool="backtest"),
    fact(8, "Max drawdown", 0.09, tool="backtest"),
    fact(9, "rsi_reversion return", 0.05, tool="backtest"),
    fact(10, "Max drawdown", 0.2, tool="backtest"),
    fact(11, "ADX(14)", 25, timeframe="4h"),
)
LOOKED = (
    TracedCall(tool="indicators", arguments="{}", facts=("f1", "f2", "f3", "f11")),
    TracedCall(tool="forecast", arguments="{}", facts=("f4", "f5")),
    TracedCall(tool="risk_check", arguments="{}", facts=("f6",)),
    TracedCall(tool="backtest", arguments="{}", facts=("f7", "f8")),
)


def run(number: int, stance: str | None, **changes: Any) -> TracedRun:
    order = changes.pop("order", None)
    symbol = changes.pop("symbol", "BTC/USDT")
    timeframe = changes.pop("timeframe", "1h")
    made: dict[str, Any] = {"run": number, "label": f"run {number}", "model": "m", "calls": LOOKED}
    if stance is None:
        return TracedRun(**{**made, "failure": failure.TIMED_OUT, **changes})
    answer = Answer.model_validate(
        {
            "stance": stance,
            "symbol": symbol,
            "timeframe": timeframe,
            "headline": "h",
            "reasons": ["r"],
            "order": order,
        }
    )
    return TracedRun(
        **{
            **made,
            "answer": answer,
            "headline": f"{number} says {stance}.",
            "reasons": ("Because.",),
            "referenced": ("f1", "f3"),
            **changes,
        }
    )


def trace(*runs: TracedRun) -> Trace:
    return Trace(
        id="q1",
        account_id="alice",
        asked_at=AT,
        question="BTC?",
        as_of=AT,
        source="demo",
        demo=True,
        analyst="m",
        prompt="p",
        runs=runs,
        facts=tuple(TracedFact.of(one) for one in FACTS),
        seconds=1.5,
    )


def test_levels_are_the_median_of_the_majority_only() -> None:
    verdict = count(
        trace(
            run(1, "short", order={"stop": 0.02, "target": 0.04, "size": 1}),
            run(2, "long", order={"stop": 0.5, "target": 4, "size": 0.1}),
            run(3, "short", order={"stop": 0.04, "size": 0.5}),
            run(4, "short", order={"stop": 0.03, "target": 0.06, "size": 0.25}),
            run(5, None),
        )
    )
    assert verdict.stance == "short"
    assert verdict.draft is not None
    assert (verdict.draft.side, verdict.draft.notional) == ("sell", None)
    assert verdict.draft.stop_fraction == Decimal("0.03")
    assert verdict.draft.target_fraction == Decimal("0.05")
    assert verdict.size == Decimal("0.5")


@pytest.mark.parametrize("stance", ["flat", "none"])
def test_order_when_nothing_is_to_be_traded_is_ignored(stance: str) -> None:
    verdict = count(trace(*(run(n, stance, order={"stop": 0.1}) for n in (1, 2, 3))))
    assert (verdict.stance, verdict.draft) == (stance, None)


def test_runs_that_speak_of_different_symbols_do_not_agree() -> None:
    verdict = count(trace(run(1, "long"), run(2, "long", symbol="ETH/USDT"), run(3, None)))
    assert (verdict.stance, verdict.draft) == ("no call", None)
    assert verdict.dissent is None


def test_evidence_is_what_the_answer_points_to_then_the_key_facts_of_that_market() -> None:
    second = TracedCall(tool="backtest", arguments="{}", facts=("f9", "f10"))
    verdict = count(trace(run(1, "flat"), run(2, "flat", calls=(*LOOKED, second)), run(3, None)))
    assert [found.id for found in verdict.evidence] == ["f1", "f2", "f4", "f5", "f7", "f8", "f6"]


def test_prose_is_taken_from_a_run_of_the_majority_whose_wording_passed() -> None:
    dropped = {"prose_dropped": True, "headline": "", "reasons": (), "referenced": ()}
    verdict = count(trace(run(1, "flat", **dropped), run(2, "flat"), run(3, "long")))
    assert (verdict.headline, verdict.prose_dropped) == ("2 says flat.", False)
    verdict = count(trace(run(1, "flat", **dropped), run(2, "flat", **dropped), run(3, "long")))
    assert (verdict.headline, verdict.reasons, verdict.prose_dropped) == (DROPPED, (), True)
    assert verdict.evidence
    assert verdict.dissent == "LONG: 3 says long."


def test_dissent_is_that_of_the_largest_other_group() -> None:
    runs = [run(n, "long") for n in (1, 2, 3, 4)]
    runs += [run(5, "flat"), run(6, "short"), run(7, "short")]
    assert count(trace(*runs)).dissent == "SHORT: 6 says short."


def test_dissent_is_another_stance_and_no_run_that_saw_nothing_to_decide() -> None:
    assert count(trace(run(1, "long"), run(2, "long"), run(3, "none"))).dissent is None
    assert count(trace(run(1, "long"), run(2, "long"), run(3, None))).dissent is None
    other = count(trace(run(1, "long"), run(2, "long"), run(3, "long", symbol="ETH/USDT")))
    assert other.dissent == "LONG ETH/USDT: 3 says long."


def test_failed_and_unneeded_runs_are_told_apart() -> None:
    stopped = TracedRun(run=4, label="run 4", model="m", needed=False, tokens_in=7)
    verdict = count(
        trace(run(1, "long"), run(2, "long"), run(3, "long"), stopped, run(5, None, tokens_out=3))
    )
    assert (verdict.stance, verdict.not_needed, verdict.runs_total) == ("long", 1, 5)
    assert dict(verdict.counts) == {"long": 3}
    assert (verdict.tokens_in, verdict.tokens_out) == (7, 3)
    assert verdict.votes[4].failure == failure.TIMED_OUT


def test_trace_when_stored_and_read_back_is_the_same_and_keeps_number_types() -> None:
    made = trace(run(1, "long", order={"stop": "0.031"}), run(2, None), run(3, "flat"))
    again = parse(dump(made))
    assert again == made
    assert [type(found.fact.value) for found in again.facts] == [type(f.value) for f in FACTS]
    assert [found.fact for found in again.facts] == list(FACTS)
    assert count(again) == count(made)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 2}', "null"])
def test_trace_of_another_version_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(UnreadableTrace, match="can't be read"):
        parse(text)
