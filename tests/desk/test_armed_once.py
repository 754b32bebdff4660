"""Each close is acted on once: by two processes, cut off anywhere, told as often as may be."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.fakes.armed_lives import CALM, CLOSES, Close, lived

closes = st.builds(
    Close,
    st.lists(st.integers(0, 1), min_size=1, max_size=4).map(tuple),
    st.lists(st.integers(1, 60), max_size=2).map(tuple),
)


@given(st.lists(closes, min_size=len(CLOSES), max_size=len(CLOSES)), st.booleans())
@settings(max_examples=times(5, 40), deadline=None)
def test_a_close_is_acted_on_once(plan: list[Close], auto: bool) -> None:
    with TemporaryDirectory() as folder:
        calm = asyncio.run(lived(Path(folder) / "calm.db", CALM, auto=auto))
        wild = asyncio.run(lived(Path(folder) / "wild.db", plan, auto=auto))
    assert wild == calm
    assert len(wild.proposals) <= len(wild.runs) < len(CLOSES), "quiet ones aside"
    assert max(Counter(wild.runs).values()) == 1
    proposed = len(wild.proposals)
    assert proposed > 3
    assert (len(wild.fills), wild.messages) == ((proposed, 0) if auto else (0, proposed))
