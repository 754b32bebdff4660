"""Arithmetic of spans, checked against plain sets of moments."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from market.candles.ranges import Span, grid_points, merged, missing

ends = st.integers(0, 60)
spans = st.tuples(ends, ends).map(lambda pair: Span(min(pair), max(pair)))


def moments(*each: Span) -> set[int]:
    return {moment for span in each for moment in range(span.start, span.stop)}


@given(st.lists(spans))
def test_merged_spans_cover_the_same_moments_and_do_not_touch(given_spans: list[Span]) -> None:
    result = merged(given_spans)
    assert moments(*result) == moments(*given_spans)
    assert all(left.stop < right.start for left, right in pairwise(result))


@given(spans, st.lists(spans))
def test_missing_is_what_is_wanted_and_not_known(wanted: Span, known: list[Span]) -> None:
    result = missing(wanted, known)
    assert moments(*result) == moments(wanted) - moments(*known)
    assert all(span.start < span.stop for span in result)


@given(spans, st.integers(1, 20), st.integers(0, 40))
def test_grid_points_are_the_first_and_last_of_the_grid(span: Span, step: int, phase: int) -> None:
    inside = [moment for moment in sorted(moments(span)) if (moment - phase) % step == 0]
    expected = Span(inside[0], inside[-1]) if inside else None
    assert grid_points(span, step, phase) == expected
