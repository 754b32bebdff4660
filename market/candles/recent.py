"""The newest candles of each series in memory, so that a question does not wait for the disk."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from market.candles.ranges import Span
from market.candles.store import Series
from trading.candles import FloatArray

MOST_ROWS = 70_000
MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, eq=False)
class Block:
    """All candles there are of a span; the table (n, 6) is read-only, see Held."""

    span: Span
    table: FloatArray

    def covers(self, span: Span) -> bool:
        return self.span.start <= span.start and span.stop <= self.span.stop

    def cut(self, span: Span) -> FloatArray:
        """Return the rows that open within the span, without copying them."""
        first, last = np.searchsorted(self.table[:, 0], span)
        part: FloatArray = self.table[first:last]
        return part


class Recent:
    """One block a series; the least recently used ones go when there are too many bytes.

    Only spans that are known to be complete belong here: closed candles don't change, so a block
    stays true however the store grows.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, most_rows: int = MOST_ROWS) -> None:
        self._blocks: OrderedDict[Series, Block] = OrderedDict()
        self._most_bytes = most_bytes
        self._most_rows = most_rows
        self._bytes = 0

    def of(self, series: Series) -> Block | None:
        """Return the series' block and mark it as used."""
        block = self._blocks.get(series)
        if block is not None:
            self._blocks.move_to_end(series)
        return block

    def keep(self, series: Series, block: Block) -> None:
        """Hold a block in place of the series' last one; its oldest rows go when it is long."""
        self._drop(self._blocks.pop(series, None))
        span, table = block.span, block.table
        if len(table) > self._most_rows:
            table = table[-self._most_rows :].copy()
            span = Span(int(table[0, 0]), span.stop)
        table.flags.writeable = False
        self._blocks[series] = Block(span, table)
        self._bytes += table.nbytes
        while self._bytes > self._most_bytes and self._blocks:
            self._drop(self._blocks.popitem(last=False)[1])

    def _drop(self, block: Block | None) -> None:
        if block is not None:
            self._bytes -= block.table.nbytes
