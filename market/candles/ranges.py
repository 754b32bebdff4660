"""Half-open ranges of milliseconds: what is known of a series, and what is still missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """Every moment t with `start` ≤ t < `stop`, in milliseconds UTC."""

    start: int
    stop: int


def merged(spans: Iterable[Span]) -> list[Span]:
    """Sort the spans and join those that overlap or touch; empty ones vanish."""
    result: list[Span] = []
    for span in sorted(span for span in spans if span.start < span.stop):
        if result and span.start <= result[-1].stop:
            result[-1] = Span(result[-1].start, max(result[-1].stop, span.stop))
        else:
            result.append(span)
    return result


def missing(wanted: Span, known: Iterable[Span]) -> list[Span]:
    """Return the parts of `wanted` that no span of `known` covers, in order."""
    result = []
    at = wanted.start
    for span in merged(known):
        if span.stop <= at:
            continue
        if span.start >= wanted.stop:
            break
        if span.start > at:
            result.append(Span(at, span.start))
        at = span.stop
    if at < wanted.stop:
        result.append(Span(at, wanted.stop))
    return result


def missing_all(wanted: Sequence[Span], known: Sequence[Span]) -> list[Span]:
    """Apply `missing` to each of several wanted spans."""
    return [part for span in wanted for part in missing(span, known)]


def grid_points(span: Span, step: int, phase: int) -> Span | None:
    """Return (first, last) moment of the grid `phase + k·step` inside the span; None if none."""
    first = span.start + (phase - span.start) % step
    last = span.stop - 1 - (span.stop - 1 - phase) % step
    return Span(first, last) if first <= last else None
