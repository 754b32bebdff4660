"""Lists: where names and figures are told one after the other, their orders must agree.

"RSI and ADX are {f1} and {f2}": the first figure must be the RSI.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agents.grounding.attributes import Attribute
from agents.grounding.quantities import compatible, strong_mentions
from agents.grounding.said import Clause, Said

# Possessive: a model may write hundreds of commas, and nothing is to be tried twice.
_BETWEEN = re.compile(
    r"(?:[\s,，、/|&和与及跟()（）%％]|\b(?:and|then|respectively|to|or)\b|分别为?)*+"
)


def misordered(clause: Clause, attributes: Sequence[Attribute]) -> Iterator[str]:
    """Say which figures of a list stand in another's place."""
    for run in _runs(clause):
        before, after = run[0].before, run[-1].after
        yield from _of_quantities(run, before) or _of_quantities(run, after)
        for attribute in attributes:
            yield from _of_names(run, before, attribute) or _of_names(run, after, attribute)


def in_order(clause: Clause, attribute: Attribute) -> frozenset[str]:
    """Return the ids of facts in lists that this attribute is listed for in the same order."""
    found: set[str] = set()
    for run in _runs(clause):
        for text in (run[0].before, run[-1].after):
            if len(_distinct(attribute.names(text))) == len(run):
                found |= {one.fact.id for one in run}
    return frozenset(found)


def quantities_listed(clause: Clause) -> frozenset[str]:
    """Return the ids of facts in lists that as many quantities are named for."""
    return frozenset(
        one.fact.id
        for run in _runs(clause)
        for text in (run[0].before, run[-1].after)
        if len(strong_mentions(text)) == len(run)
        for one in run
    )


def _runs(clause: Clause) -> Iterator[tuple[Said, ...]]:
    """Find slots with nothing but list marks between them."""
    run: list[Said] = []
    for one in clause.said:
        if run and not _BETWEEN.fullmatch(one.before):
            if len(run) > 1:
                yield tuple(run)
            run = []
        run.append(one)
    if len(run) > 1:
        yield tuple(run)


def _of_quantities(run: Sequence[Said], text: str) -> list[str]:
    named = strong_mentions(text)
    if len(named) != len(run):
        return []
    return [
        f"{{{one.fact.id}}} is {one.fact.label}, but by its place in the list it is called "
        f"{mention.text}"
        for one, mention in zip(run, named, strict=True)
        if not compatible(mention, one.fact.label)
    ]


def _of_names(run: Sequence[Said], text: str, attribute: Attribute) -> list[str]:
    named = _distinct(attribute.names(text))
    if len(named) != len(run):
        return []
    return [
        f"{{{one.fact.id}}} is {one.fact.label} of {attribute.own(one.fact)[0]}, but by its "
        f"place in the list it is called one of {name}"
        for one, name in zip(run, named, strict=True)
        if attribute.own(one.fact) and name not in attribute.own(one.fact)
    ]


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
