"""Cards fit Telegram's limits and never let a value become markup."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from bot.cards.card import WIDTH, Block, Button, Card, table, utf16_length

BLOCKS = st.lists(
    st.builds(
        Block,
        st.sampled_from(["title", "text", "quote", "table", "small"]),
        st.text(max_size=3000),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=6,
)


class Visible(HTMLParser):
    """Collects the text that a reader sees, and the tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not attrs


def visible(html: str) -> Visible:
    parser = Visible()
    parser.feed(html)
    parser.close()
    return parser


@given(BLOCKS, st.sampled_from([1024, 4096]))
def test_card_whatever_it_holds_fits_the_limit(blocks: list[Block], limit: int) -> None:
    html = Card(tuple(blocks)).html(limit)
    assert utf16_length(visible(html).text) <= limit


@given(st.text(alphabet="<>&\"'abc/=! ", min_size=1, max_size=200))
def test_card_when_a_value_looks_like_markup_shows_it_as_text(text: str) -> None:
    seen = visible(Card((Block("text", text),)).html())
    assert seen.tags == []
    assert seen.text == text


def test_card_when_room_is_short_drops_spare_blocks_first() -> None:
    blocks = (Block("title", "kept"), Block("text", "x" * 1000, spare=2), Block("small", "end"))
    html = Card(blocks).html(200)
    assert html == "<b>kept</b>\n<i>end</i>"


def test_card_buttons_carry_their_data() -> None:
    card = Card((Block("text", "?"),), ((Button("Confirm", "confirm:abc"),),))
    keyboard = card.keyboard()
    assert keyboard is not None
    assert keyboard.inline_keyboard[0][0].callback_data == "confirm:abc"


@given(
    st.lists(
        st.tuples(
            st.text("abcdefgh ", min_size=1, max_size=24), st.text("0123456789.%", max_size=WIDTH)
        ),
        min_size=1,
    )
)
def test_table_never_scrolls_sideways(rows: list[tuple[str, str]]) -> None:
    lines = table(rows).text.splitlines()
    assert max(map(len, lines), default=0) <= WIDTH
