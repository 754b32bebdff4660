"""What a card is made of, and how it becomes a message.

Cards hold plain text only; the one place where it turns into HTML escapes all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Literal

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.cards.width import left, width_of
from desk.chart_spec import ChartSpec

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
WIDTH = 36
Kind = Literal["title", "text", "quote", "table", "small", "code"]
TAGS: dict[Kind, tuple[str, str]] = {
    "title": ("<b>", "</b>"),
    "text": ("", ""),
    "quote": ("<blockquote>", "</blockquote>"),
    "table": ("<pre>", "</pre>"),
    "small": ("<i>", "</i>"),
    "code": ("<code>", "</code>"),
}


@dataclass(frozen=True)
class Block:
    """A piece of plain text. When room is short, the block with the highest `spare` goes first;
    one with `spare` 0 is only ever shortened. `link`: the web address that it leads to."""

    kind: Kind
    text: str
    spare: int = 0
    link: str = ""

    def __post_init__(self) -> None:
        # Half a surrogate pair (a model's "\\ud83d") can be neither counted nor sent.
        whole = self.text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        object.__setattr__(self, "text", whole)


@dataclass(frozen=True)
class Button:
    """`data` carries an action and an id, such as `confirm:3f9c`; 64 bytes at most."""

    label: str
    data: str


@dataclass(frozen=True)
class Card:
    """One message: blocks from top to bottom, rows of buttons, perhaps a chart.

    `picture` are the bytes of the chart once it is drawn.
    """

    blocks: tuple[Block, ...]
    buttons: tuple[tuple[Button, ...], ...] = ()
    chart: ChartSpec | None = None
    picture: bytes | None = None

    def drawn(self, picture: bytes | None, trouble: str = "") -> Card:
        """Return the card with its chart drawn, or with the reason why it could not be."""
        more = (Block("small", trouble),) if trouble else ()
        return replace(self, chart=None, picture=picture, blocks=(*self.blocks, *more))

    @property
    def is_photo(self) -> bool:
        """True when the text goes under the picture, so that both are one message."""
        return self.picture is not None and self.fits_caption

    @property
    def sent_html(self) -> str:
        """The HTML that is sent, once the chart is drawn."""
        return self.html(CAPTION_LIMIT if self.is_photo else TEXT_LIMIT)

    def html(self, limit: int = TEXT_LIMIT) -> str:
        """Write as Telegram HTML whose visible text has at most `limit` UTF-16 units."""
        blocks = list(self.blocks)
        while _length(blocks) > limit and any(block.spare for block in blocks):
            blocks.remove(max(blocks, key=lambda block: block.spare))
        return "\n".join(_tagged(block) for block in _shortened(blocks, limit))

    @property
    def fits_caption(self) -> bool:
        """True when nothing that must be shown is lost under a picture."""
        return _length([block for block in self.blocks if not block.spare]) <= CAPTION_LIMIT

    def keyboard(self) -> InlineKeyboardMarkup | None:
        return keyboard(self.buttons)


def keyboard(rows: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup | None:
    """Make Telegram's markup; None, which takes a keyboard away, for no rows."""
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(button.label, callback_data=button.data) for button in row]
            for row in rows
        ]
    )


def table(rows: Sequence[tuple[str, str]], spare: int = 0) -> Block:
    """Align names left and figures after them, in lines of at most WIDTH columns."""
    names = max((width_of(name) for name, _ in rows), default=0)
    figures = max((width_of(figure) for _, figure in rows), default=0)
    pad = min(names, max(WIDTH - figures - 1, 8))
    lines = []
    for name, figure in rows:
        room = max(WIDTH - width_of(figure), 0)
        if figure and width_of(name) + 1 + width_of(figure) > WIDTH:
            lines += [name, f"{'':{min(pad + 1, room)}}{figure}"]
        else:
            lines.append(f"{left(name, min(pad, max(room - 1, 0)))} {figure}".rstrip())
    return Block("table", "\n".join(lines), spare)


def utf16_length(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def _length(blocks: Sequence[Block]) -> int:
    return utf16_length("\n".join(block.text for block in blocks))


def _tagged(block: Block) -> str:
    before, after = TAGS[block.kind]
    if block.link.startswith(("https://", "http://")):
        before, after = f'{before}<a href="{escape(block.link)}">', f"</a>{after}"
    return f"{before}{escape(block.text, quote=False)}{after}"


def _shortened(blocks: Sequence[Block], limit: int) -> list[Block]:
    """Cut the longest block line by line until all fit."""
    result = list(blocks)
    while (excess := _length(result) - limit) > 0:
        longest = max(range(len(result)), key=lambda index: len(result[index].text))
        block = result[longest]
        if len(block.text) <= 1:
            # Too many blocks for any cut: the end has to go.
            return result[: limit // 2]
        keep = len(block.text) - excess - 2
        cut = block.text[: max(keep, 0)]
        cut = cut.rsplit("\n", 1)[0] if "\n" in cut else cut
        result[longest] = replace(block, text=f"{cut.rstrip()}…")
    return result
