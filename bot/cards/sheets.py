"""A long text on several pages, each of which a message can hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.cards.card import TEXT_LIMIT, Block, utf16_length

# Below Telegram's limit by what stands on each page besides.
ROOM = TEXT_LIMIT - 300


def sheets(blocks: Sequence[Block], room: int = ROOM) -> tuple[tuple[Block, ...], ...]:
    """Put blocks on as few pages as hold them (UTF-16 units), in their order; none is cut short.

    A block that no page holds goes on on the next, at a line's end where it has one.
    """
    pages: list[tuple[Block, ...]] = []
    page: list[Block] = []
    used = 0
    for block in blocks:
        for part in _parts(block, room):
            length = utf16_length(part.text) + 1
            if page and used + length > room:
                pages.append(tuple(page))
                page, used = [], 0
            page.append(part)
            used += length
    return (*pages, tuple(page))


def _parts(block: Block, room: int) -> Iterator[Block]:
    left = block.text
    while utf16_length(left) >= room:
        # A sign takes two units at most.
        cut = _fitting(left, room - 1)
        line = left.rfind("\n", 1, cut)
        if line > 0:
            yield replace(block, text=left[:line])
            left = left[line + 1 :]
        else:
            yield replace(block, text=left[:cut])
            left = left[cut:]
    yield replace(block, text=left)


def _fitting(text: str, room: int) -> int:
    used = 0
    for count, sign in enumerate(text):
        used += 2 if sign > "\uffff" else 1
        if used > room:
            return count
    return len(text)
