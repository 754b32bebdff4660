from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.grounding.slots import check, normalise, referenced, render
from desk.chinese import KNOWN_LABELS, label_in
from desk.facts import Fact, Value
from desk.figures import show
from desk.language import Language

AT = datetime(2026, 3, 1, 14, tzinfo=UTC)
ROWS: tuple[tuple[str, Value, str, str, str], ...] = (
    ("RSI(14)", 58.2, "", "BTC/USDT", "1h"),
    ("EMA 20", 26_905.0, "USDT", "BTC/USDT", "1h"),
    ("EMA 50", 26_801.0, "USDT", "BTC/USDT", "1h"),
    ("EMA 20/50", "above", "", "BTC/USDT", "1h"),
    ("MACD histogram", 12.5, "USDT", "BTC/USDT", "1h"),
    ("Forecast ↑ 4 candles", 0.52, "fraction", "BTC/USDT", "1h"),
    ("VaR 95 %, 1 day", 0.031, "fraction", "BTC/USDT", "1d"),
    ("Last price", Decimal(26905), "USDT", "BTC/USDT", ""),
    ("Buy and hold", 0.41, "fraction", "BTC/USDT", "1h"),
    ("SMA cross return", 0.184, "fraction", "BTC/USDT", "1h"),
    ("Max drawdown", 0.091, "fraction", "BTC/USDT", "1h"),
    ("RSI(14)", 40.0, "", "ETH/USDT", "1h"),
    ("RSI(14)", 44.0, "", "BTC/USDT", "4h"),
    ("Win rate", 0.4, "fraction", "BTC/USDT", "1h"),
    ("Trades", 40, "trades", "BTC/USDT", "1h"),
    ("ADX(14)", 25.0, "", "BTC/USDT", "1h"),
    ("Volume / mean of 20", 1.1, "", "BTC/USDT", "1h"),
    ("Change 24 h", -0.02, "fraction", "BTC/USDT", "1h"),
    ("Days measured", 365, "days", "BTC/USDT", "1d"),
    ("RSI reversion return", 0.05, "fraction", "BTC/USDT", "1h"),
    ("Forecast horizon", 4, "candles", "BTC/USDT", "1h"),
)
FACTS: Mapping[str, Fact] = {
    f"f{n}": Fact(f"f{n}", label, value, unit, symbol, timeframe, AT, "tool", "demo")
    for n, (label, value, unit, symbol, timeframe) in enumerate(ROWS, start=1)
}


def problems(sentence: str) -> tuple[str, ...]:
    return check(sentence, FACTS, "BTC/USDT", "1h")


@pytest.mark.parametrize(
    "sentence",
    [
        "Trend up, forecast gives no edge.",
        "RSI(14) is {f1}, neither overbought nor oversold.",
        "RSI 14 at {f1} and the 14-RSI of {f1}.",
        "Price at {f8} sits above EMA 50 ({f3}) and EMA 20 is {f4} EMA 50.",
        "The price is above EMA 50 at {f8}.",
        "EMA 20/50 is {f4}; the 1h trend points up.",
        "The 50-EMA at {f3} holds; EMA50 is {f3}.",
        "The forecast gives a {f6} chance over the next 4 candles.",
        "The 4-candle forecast is {f6}.",
        "VaR 95 % over 1 day is {f7}.",
        "The 1-day VaR is {f7} while RSI reads {f1}.",
        "With a daily VaR of {f7} the risk is bearable.",
        "sma_cross returned {f10} against {f9} for buy and hold, with a max drawdown of {f11}.",
        "SMA cross: {f10} vs {f9} holding.",
        "SMA crossover returned {f10}, buy-and-hold returned {f9}.",
        "On the 4h, RSI(14) is {f13}, on the 1h {f1}.",
        "On the 1-hour chart RSI is {f1}; on the 4-hour chart it is {f13}.",
        "ETH's RSI is {f12} while BTC's is {f1}.",
        "Bitcoin's RSI is {f1}.",
        "RSI and ADX are {f1} and {f16}.",
        "{f1} RSI and {f16} ADX.",
        "With RSI weak, momentum strength reads {f16}.",
        "Win rate {f14} over {f15} trades.",
        "Volume / mean of 20 is {f17}.",
        "VaR 95 %, 1 day: {f7}, measured over {f19}.",
        "RSI reversion made a return of {f20}, SMA cross {f10}.",
        "The RSI reversion return is {f20}, with RSI at {f1}.",
        "Over {f21} the forecast gives {f6}.",
        "Change 24 h is {f18}, so it fell over 24 hours.",
        "比特币1小时RSI为{f1}，均线{f4}。",
        "BTC/USDT 在4小时的RSI(14)是{f13}，在1小时是{f1}。",
        "一个清楚的趋势：ADX(14)为{f16}。",
    ],
)
def test_sentence_when_sound_is_accepted(sentence: str) -> None:
    assert problems(sentence) == ()


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("RSI is 58.", "58 stands outside"),
        ("RSI(14) is 58.2.", "58.2 stands outside"),
        ("A gain of 20 is near.", "20 stands outside"),
        ("EMA 50.3 is near.", "50.3 stands outside"),
        ("EMA 50 % is near.", "50 stands outside"),
        ("It has ½ a chance.", "outside a slot"),
        ("RSI ５８ is fine.", "outside a slot"),
        ("RSI is ٥٨.", "outside a slot"),
        ("Profit up 1e3 USDT.", "outside a slot"),
        ("RSI is about sixty percent.", "figure in words"),
        ("It rose five-fold.", "figure in words"),
        ("涨了百分之五。", "figure in words"),
        ("There is {f99}.", "no fact f99"),
        ("{x} is RSI.", "a slot is a fact's id"),
        ("RSI is {f1:.2f}.", "a slot is a fact's id"),
        ("RSI is {f1 and so on.", "a slot is a fact's id"),
        ("RSI {f5} is high.", "MACD histogram, but the sentence calls it RSI"),
        ("MACD histogram {f1}.", "RSI(14), but the sentence calls it MACD"),
        ("RSI {f5} and MACD {f1}.", "calls it RSI"),
        ("EMA 20 is {f3}.", "EMA 50, but the sentence calls it EMA 20"),
        ("The strategy returned {f11}.", "Max drawdown, but"),
        ("Max drawdown {f10}.", "SMA cross return, but"),
        ("The VaR is {f6}.", "Forecast"),
        ("{f5} RSI.", "calls it RSI"),
        ("比特币RSI为{f5}", "calls it RSI"),
        ("RSI is {f12}.", "ETH/USDT, but the sentence speaks of BTC"),
        ("ETH RSI is {f1}.", "BTC/USDT, but the sentence speaks of ETH"),
        ("SOL RSI is {f1}.", "speaks of SOL"),
        ("Solana's RSI is {f1}.", "speaks of SOL"),
        ("以太坊RSI为{f1}", "speaks of ETH"),
        ("RSI is {f13}.", "4h timeframe, but the sentence speaks of 1h"),
        ("On the 4h RSI is {f1}.", "1h timeframe, but the sentence speaks of 4h"),
        ("On the daily, RSI is {f1}.", "speaks of 1d"),
        ("Read https://evil.example now.", "links"),
        ("Write to @evil_bot, RSI {f1}.", "links"),
        ("Go to binance.com for RSI {f1}.", "links"),
    ],
)
def test_sentence_when_it_claims_what_no_tool_gave_is_refused(sentence: str, reason: str) -> None:
    assert any(reason in problem for problem in problems(sentence)), problems(sentence)


def test_error_of_a_tool_when_repeated_word_for_word_may_hold_figures() -> None:
    error = "demo lists no XYZ/USDT; there are 412 symbols."
    assert check(error, {}, quotable=[error]) == ()
    assert check(f"{error} Or 413.", {}, quotable=[error])


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("RSI is {f1}.", "RSI is 58.2."),
        ("A chance of {f6}%.", "A chance of 52.0 %."),
        ("A chance of {f6} percent.", "A chance of 52.0 %."),
        ("Price ${f8}.", "Price 26\u202f905 USDT."),
        ("Price {f8} USDT.", "Price 26\u202f905 USDT."),
        ("{f15} trades.", "40 trades."),
        ("EMA 20 is {f4} EMA 50.", "EMA 20 is above EMA 50."),
    ],
)
def test_figures_when_rendered_carry_their_unit_once(sentence: str, shown: str) -> None:
    assert render(sentence, FACTS) == shown


@pytest.mark.parametrize("written", ["{f12}", "{{f12}}", "{ f12 }", "{F12}", "{{ F12 }}"])
def test_slot_when_written_loosely_is_normalised(written: str) -> None:
    assert normalise(f"RSI {written}.") == "RSI {f12}."


# Words that name nothing: what is left to refuse is the figure alone.
WORDS = st.lists(
    st.sampled_from(["the", "market", "looks", "calm", "and", "RSI(14)", "EMA 20/50", "on the 1h"]),
    max_size=6,
)
FIGURES = st.one_of(
    st.integers(0, 10**9).map(str),
    st.decimals(0, 10**6, places=2).map(str),
    st.integers(1, 99).map(lambda n: f"{n}%"),
)


@given(before=WORDS, figure=FIGURES, after=WORDS)
def test_figure_outside_a_slot_never_passes(
    before: list[str], figure: str, after: list[str]
) -> None:
    sentence = " ".join([*before, "near", figure, "so", *after])
    assert problems(sentence)


@given(st.text(max_size=80))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    judged = problems(text)
    if not judged:
        shown = render(text, FACTS)
        assert "{" not in shown


@given(st.lists(st.sampled_from([*FACTS]), min_size=1, max_size=4))
def test_accepted_sentence_shows_exactly_the_figures_of_its_facts(ids: list[str]) -> None:
    sentence = " or ".join(f"{{{found}}}" for found in ids)
    shown = render(sentence, FACTS)
    assert referenced(sentence) == tuple(ids)
    assert shown == " or ".join(show(FACTS[found]) for found in ids)
    # No digit reaches the reader that is not a fact's own.
    for figure in re.findall(r"\d+", shown):
        assert any(figure in show(FACTS[found]) for found in ids)


def test_a_figure_of_one_exchange_is_not_given_as_another_ones() -> None:
    facts = {
        "f1": Fact("f1", "Last price", 100.0, "USDT", "BTC/USDT", "", AT, "quote", "binance"),
        "f2": Fact("f2", "Last price", 101.0, "USD", "kraken:BTC/USD", "", AT, "quote", "kraken"),
    }
    for fine in (
        "The price is {f1} on Binance, and {f2} on Kraken.",
        "The price of BTC is {f1}.",
        "On kraken the price is {f2}.",
    ):
        assert check(fine, facts, "BTC/USDT") == ()
    (problem,) = check("On Kraken the price is {f1}.", facts, "BTC/USDT")
    assert problem == "{f1} is Last price on binance, but the sentence speaks of kraken"
    # Where all figures come from one place, its name is a word like any other.
    assert check("On Kraken the price is {f1}.", {"f1": facts["f1"]}, "BTC/USDT") == ()


@pytest.mark.parametrize("label", [*KNOWN_LABELS, "RSI(14)", "SMA 200", "SMA cross return"])
@pytest.mark.parametrize("language", Language)
def test_fact_when_called_by_its_own_label_is_accepted(label: str, language: Language) -> None:
    fact = Fact("f1", label, 0.5, "", "BTC/USDT", "1h", AT, "tool", "demo")
    name = label_in(label, language)
    for sentence in (f"{name}: {{f1}}.", f"{name} is {{f1}}.", f"BTC/USDT 的{name}为{{f1}}。"):
        assert check(sentence, {"f1": fact}, "BTC/USDT", "1h") == ()


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("BTC fell {f18}.", "BTC fell 2.00 %."),
        ("A loss of {f18} in a day.", "A loss of 2.00 % in a day."),
        ("A {f18} drop.", "A 2.00 % drop."),
        ("Change 24 h is {f18}.", "Change 24 h is −2.00 %."),
    ],
)
def test_minus_when_words_say_it_is_not_said_twice(sentence: str, shown: str) -> None:
    assert problems(sentence) == ()
    assert render(sentence, FACTS) == shown


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("最新价为{f8}。", "最新价为26,905 USDT。"),
        ("最新价为{f8}USDT。", "最新价为26,905 USDT。"),
        ("EMA 20/50：{f4}。", "EMA 20/50：高于。"),
        ("过去24小时下跌了{f18}。", "过去24小时下跌了2.00 %。"),
        ("未来{f21}根K线上涨概率为{f6}。", "未来4 根K线上涨概率为52.0 %。"),
    ],
)
def test_figures_in_chinese_are_written_as_its_readers_expect(sentence: str, shown: str) -> None:
    assert problems(sentence) == ()
    assert render(sentence, FACTS, Language.ZH) == shown


def test_unseen_characters_are_dropped_before_the_check_and_refused_in_it() -> None:
    assert normalise("RSI is {f1}\u200b.") == "RSI is {f1}."
    assert normalise("Up \U0001f468\u200d\U0001f4bb!") == "Up \U0001f468\u200d\U0001f4bb!"
    assert problems("RSI is \u202e{f1}.") == (
        "the sentence holds unseen characters; leave them out",
    )
