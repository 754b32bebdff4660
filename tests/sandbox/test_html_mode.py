"""HTML to text and entities, as Telegram reads it."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.entities import Entity, finish, utf16_length
from sandbox.errors import ApiError
from sandbox.html_mode import parse_html

# What a person can type: no control characters (they turn blank) and no half surrogate pairs.
printable = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)


@given(printable)
def test_escaped_text_comes_back_unchanged(text: str) -> None:
    assert parse_html(html.escape(text)) == (text, ())


@given(printable, printable.filter(bool), printable)
def test_entity_covers_exactly_what_its_tags_enclose(before: str, inside: str, after: str) -> None:
    markup = f"{html.escape(before)}<b>{html.escape(inside)}</b>{html.escape(after)}"
    text, entities = parse_html(markup)
    assert text == before + inside + after
    assert entities == (Entity("bold", utf16_length(before), utf16_length(inside)),)


@given(st.text(alphabet="<>/abpre &;#x\"'=\nspan🎉", max_size=40))
def test_any_markup_is_parsed_or_refused_in_telegrams_words(markup: str) -> None:
    outcome = parsed_or_refused(markup)
    if isinstance(outcome, str):
        assert outcome.startswith("Bad Request: can't parse entities: ")
    else:
        text, entities = outcome
        assert all(e.offset >= 0 and e.end <= utf16_length(text) for e in entities)


def parsed_or_refused(markup: str) -> tuple[str, tuple[Entity, ...]] | str:
    try:
        return finish(*parse_html(markup))
    except ApiError as error:
        return error.description


def test_offsets_count_utf16_units() -> None:
    text, entities = parse_html("🎉🎉<i>é</i>")
    assert text == "🎉🎉é"
    assert entities == (Entity("italic", 4, 1),)


@pytest.mark.parametrize(
    ("markup", "kind"),
    [
        ("<strong>x</strong>", "bold"),
        ("<em>x</em>", "italic"),
        ("<ins>x</ins>", "underline"),
        ("<del>x</del>", "strikethrough"),
        ("<tg-spoiler>x</tg-spoiler>", "spoiler"),
        ('<span class="tg-spoiler">x</span>', "spoiler"),
        ("<code>x</code>", "code"),
        ("<pre>x</pre>", "pre"),
        ("<blockquote>x</blockquote>", "blockquote"),
        ("<blockquote expandable>x</blockquote>", "expandable_blockquote"),
        ("<B>x</B>", "bold"),
    ],
)
def test_each_tag_has_its_entity(markup: str, kind: str) -> None:
    assert parse_html(markup) == ("x", (Entity(kind, 0, 1),))


def test_pre_with_language_is_one_entity() -> None:
    _, entities = parse_html('<pre><code class="language-python">x = 1</code></pre>')
    assert entities == (Entity("pre", 0, 5, language="python"),)


def test_link_keeps_its_address() -> None:
    _, entities = parse_html('<a href="https://example.com/?a=1&amp;b=2">there</a>')
    assert entities == (Entity("text_link", 0, 5, url="https://example.com/?a=1&b=2"),)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://localhost/x", "//"],
)
def test_link_to_anything_but_the_web_is_plain_text(address: str) -> None:
    assert parse_html(f'<a href="{address}">there</a>') == ("there", ())


@pytest.mark.parametrize(
    ("markup", "complaint"),
    [
        ("<script>x</script>", 'Unsupported start tag "script" at byte offset 0'),
        ("é<font>", 'Unsupported start tag "font" at byte offset 2'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a"'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
    ],
)
def test_bad_markup_is_refused_with_its_place(markup: str, complaint: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_html(markup)
    assert complaint in caught.value.description


def test_character_references() -> None:
    assert parse_html("&lt;&gt;&amp;&quot;&#65;&#x1F389;&nbsp;&#0;")[0] == '<>&"A🎉&nbsp;&#0;'


def test_commands_are_found_where_telegram_finds_them() -> None:
    text = "/help and /ask@some_bot but not BTC/USDT, 24/7, a//b or <code>/x</code>"
    found = [
        text_of(*finish(*parse_html(text)), entity)
        for entity in finish(*parse_html(text))[1]
        if entity.type == "bot_command"
    ]
    assert found == ["/help", "/ask@some_bot"]


def text_of(text: str, entities: tuple[Entity, ...], entity: Entity) -> str:
    units = text.encode("utf-16-le")
    return units[2 * entity.offset : 2 * entity.end].decode("utf-16-le")


def test_text_is_trimmed_but_not_inside_pre() -> None:
    text, entities = finish(*parse_html("\n  <pre>  a\n b </pre>\n \n"))
    assert text == "  a\n b"
    assert entities == (Entity("pre", 0, 6),)
