from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta

import pytest

from trading.metric_names import GROUP_TITLES, GROUPS, METRIC_NAMES, metric_name
from trading.metrics import Metrics

TYPES = {
    "fraction": "float",
    "ratio": "float",
    "quote": "float",
    "count": "int",
    "duration": timedelta.__name__,
    "time": datetime.__name__,
}


def test_every_metric_has_words_and_every_word_a_metric() -> None:
    assert sorted(each.name for each in METRIC_NAMES) == sorted(f.name for f in fields(Metrics))
    assert {each.group for each in METRIC_NAMES} == set(GROUPS) == set(GROUP_TITLES)


@pytest.mark.parametrize("field", fields(Metrics), ids=lambda field: str(field.name))
def test_unit_and_missing_words_fit_the_type(field: object) -> None:
    name, kind = getattr(field, "name", ""), str(getattr(field, "type", ""))
    words = metric_name(name)
    assert kind.removesuffix(" | None") == TYPES[words.unit]
    assert kind.endswith("None") == bool(words.missing)


@pytest.mark.parametrize("field", fields(Metrics), ids=lambda field: str(field.name))
def test_every_metric_is_defined_in_the_docstring(field: object) -> None:
    name = str(getattr(field, "name", ""))
    lines = (Metrics.__doc__ or "").splitlines()
    heads = [line.strip().partition(":")[0] for line in lines if ": " in line]
    assert any(name in head.split(", ") for head in heads)


def test_labels_fit_a_phone_and_say_each_their_own() -> None:
    assert len({each.label for each in METRIC_NAMES}) == len(METRIC_NAMES)
    for each in METRIC_NAMES:
        assert len(each.label) <= 22, each.label
        assert each.meaning.endswith(".")
        assert each.meaning.count(". ") == 0, "one sentence"


def test_a_heading_carries_the_unit() -> None:
    assert metric_name("fees").heading("EUR") == "Fees paid (EUR)"
    assert metric_name("max_drawdown").heading("USDT") == "Max drawdown (%)"
    assert metric_name("sharpe").heading("USDT") == "Sharpe ratio"
    assert metric_name("drawdown_start").heading("USDT") == "Drawdown began (UTC)"


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        metric_name("luck")
