"""Lines that never scroll sideways: at most WIDTH columns, whatever the figures are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.cards.card import WIDTH, Block
from bot.cards.width import fitting, left, right, width_of

INDENT = "  "
Row = Sequence[str]  # a name, then figures


def narrow(lines: Iterable[str], spare: int = 0) -> Block:
    """Make a table of lines, breaking those that are too wide, at a space where there is one."""
    return Block("table", "\n".join(part for line in lines for part in broken(line)), spare)


def broken(line: str) -> list[str]:
    """Break a line into lines of at most WIDTH columns; those after the first are indented."""
    parts = []
    while width_of(line) > WIDTH:
        start = len(line) - len(line.lstrip(" "))
        room = fitting(line, WIDTH)
        cut = line.rfind(" ", start + 1, room + 1)
        cut = cut if cut > 0 else room
        parts.append(line[:cut].rstrip(" "))
        line = INDENT + line[cut:].lstrip(" ")
    return [*parts, line]


def pair(name: str, figure: str) -> list[str]:
    """Put a name left and a figure right, on two lines where one has no room for both."""
    if width_of(name) + 1 + width_of(figure) <= WIDTH:
        return [f"{name}{right(figure, WIDTH - width_of(name))}"]
    return [*broken(name), *broken(right(figure, WIDTH))]


def grid(head: Row, rows: Sequence[Row]) -> list[str]:
    """Align figures under their heads; where the width does not do, a line for each figure."""
    table = [head, *rows]
    widths = [max(width_of(row[place]) for row in table) for place in range(len(head))]
    spare = WIDTH - sum(widths)
    gaps = len(widths) - 1
    if spare < gaps:
        return [line for row in rows for line in _stacked(head, row)]
    gap = " " * (2 if spare >= 2 * gaps else 1)
    # What is left over goes to the name, so that the figures stand at the right edge.
    widths[0] += spare - gaps * len(gap)
    return [_aligned(row, widths, gap) for row in table]


def _aligned(row: Row, widths: Sequence[int], gap: str) -> str:
    name, *figures = row
    cells = [right(figure, width) for figure, width in zip(figures, widths[1:], strict=True)]
    return gap.join([left(name, widths[0]), *cells])


def _stacked(head: Row, row: Row) -> list[str]:
    lines = broken(row[0])
    for name, figure in zip(head[1:], row[1:], strict=True):
        lines += pair(f"{INDENT}{name}", figure) if figure else []
    return lines
