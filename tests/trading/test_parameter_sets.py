"""Other sets of parameters: both ends of every range, and something of all that lies between."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, ClassVar, Literal

import numpy as np
import pytest
from pydantic import Field, field_validator

from tests.trading.planted import Length, NextCandle, PeekingPair
from trading.parameter_sets import spread
from trading.strategies.base import Parameters, Search
from trading.strategies.catalogue import built_in
from trading.strategies.sma_cross import SmaCross

BUILT_IN = built_in()


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Many(Length):
    """Has every kind of parameter."""

    name: ClassVar[str] = "many"
    loud: bool = False
    word: Literal["a", "b", "c"] = "a"
    colour: Colour = Colour.RED
    above: float = Field(0.5, gt=0.0, lt=1.0)
    count: int = Field(5, gt=2, lt=9)
    ratio: Annotated[float, Search(0.001, 1_000.0, log=True)] = 1.0
    free: int = 7
    text: str = "as it is"


class Touchy(Length):
    """Has a check that fails in a way of its own."""

    name: ClassVar[str] = "touchy"
    count: int = Field(5, ge=1, le=9)

    @field_validator("count")
    @classmethod
    def _odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise KeyError(value)
        return value


def values(base: Parameters, name: str) -> set[object]:
    return {getattr(one, name) for one in spread(base)}


@pytest.mark.parametrize("name", BUILT_IN.names)
def test_sets_are_allowed_different_and_always_the_same(name: str) -> None:
    base = BUILT_IN.make(name)
    sets = spread(base)
    assert base not in sets
    assert len({str(one) for one in sets}) == len(sets)
    assert sets == spread(base)
    for one in sets:
        assert type(base).model_validate(dict(one)) == one
    for field, mark in type(base).searched().items():
        found = {float(value) for value in values(base, field) if isinstance(value, int | float)}
        assert min(found) <= mark.least
        assert max(found) >= mark.most or name == "sma_cross"


def test_ends_come_first_and_whole_ranges_are_visited() -> None:
    sets = spread(Length())
    assert [dict(one)["length"] for one in sets[:2]] == [100, 10]
    lengths = values(Length(), "length")
    assert {2, 200} <= lengths
    searched = np.array(sorted(one for one in lengths if isinstance(one, int) and 10 <= one <= 100))
    assert np.diff(searched).max() <= 2, "each hundredth of the range has one"


def test_sets_that_do_not_go_together_are_left_out() -> None:
    assert all(one.fast < one.slow for one in spread(SmaCross()) if isinstance(one, SmaCross))
    assert values(Touchy(), "count") == {1, 3, 5, 7, 9}


def test_every_kind_of_parameter_has_its_ends() -> None:
    assert values(Many(), "loud") == {False, True}
    assert values(Many(), "word") == {"a", "b", "c"}
    assert values(Many(), "colour") == {Colour.RED, Colour.BLUE}
    assert {3, 8} <= values(Many(), "count") <= set(range(3, 9))
    assert {0.001, 0.999} <= values(Many(), "above")
    assert {0.001, 1_000.0} <= values(Many(), "ratio")
    assert values(Many(), "free") == {7}
    assert values(Many(), "text") == {"as it is"}
    small = [one for one in values(Many(), "ratio") if isinstance(one, float) and one < 1.0]
    assert len(small) > 30, "ratios are spread by their logarithms"


def test_chosen_values_without_a_range_stay() -> None:
    assert values(Many(free=9), "free") == {9}
    assert spread(NextCandle()) == ()
    assert spread(PeekingPair()) == ()
