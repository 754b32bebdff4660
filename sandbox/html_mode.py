"""Telegram's HTML parse mode: markup to text and entities.

Follows the rules of https://core.telegram.org/bots/api#html-style and words its complaints as the
Bot API does ("Unsupported start tag", "Unmatched end tag", ...), with offsets in UTF-8 bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.entities import Entity, checked_link, clean, utf16_length
from sandbox.errors import ApiError, bad_request

_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}))|(lt|gt|amp|quot));?")
_BLANK = " \t\r\n\0\v"


@dataclass(frozen=True)
class _Open:
    tag: str
    argument: str
    offset: int
    start: int


def parse_html(markup: str) -> tuple[str, tuple[Entity, ...]]:
    """Return the text and its entities, in the order in which their tags close.

    Raises ApiError (400, "can't parse entities: ...") for markup that Telegram refuses.
    """
    return _Parser(clean(markup)).run()


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._text: list[str] = []
        self._offset = 0
        self._open: list[_Open] = []
        self._entities: list[Entity] = []

    def run(self) -> tuple[str, tuple[Entity, ...]]:
        while self._at < len(self._source):
            char = self._source[self._at]
            if char != "<":
                self._put(self._reference() if char == "&" else self._next())
            elif self._source.startswith("</", self._at):
                self._end_tag()
            else:
                self._start_tag()
        if self._open:
            tag = self._open[-1].tag
            raise self._error(f'Can\'t find end tag corresponding to start tag "{tag}"')
        return "".join(self._text), tuple(self._entities)

    def _error(self, text: str, at: int | None = None) -> ApiError:
        if at is not None:
            text = text.replace("@", f"at byte offset {len(self._source[:at].encode())}", 1)
        return bad_request(f"can't parse entities: {text}")

    def _next(self) -> str:
        self._at += 1
        return self._source[self._at - 1]

    def _peek(self) -> str:
        return self._source[self._at] if self._at < len(self._source) else ""

    def _put(self, char: str) -> None:
        self._text.append(char)
        self._offset += utf16_length(char)

    def _reference(self) -> str:
        """Read what stands for one character; an unknown name is an ampersand like any other."""
        match = _REFERENCE.match(self._source, self._at)
        if match is None:
            return self._next()
        hexadecimal, decimal, name = match.groups()
        if name:
            char = _NAMED[name]
        else:
            code = int(hexadecimal, 16) if hexadecimal else int(decimal)
            if not 0 < code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
                return self._next()
            char = clean(chr(code))
        self._at = match.end()
        return char

    def _until(self, stops: str) -> str:
        start = self._at
        while self._at < len(self._source) and self._source[self._at] not in stops:
            self._at += 1
        return self._source[start : self._at]

    def _skip_blank(self) -> None:
        while self._peek() and self._peek() in _BLANK:
            self._at += 1

    def _start_tag(self) -> None:
        begin = self._at
        self._at += 1
        tag = self._until(_BLANK + ">").lower()
        if not self._peek():
            raise self._error("Unclosed start tag @", begin)
        if tag not in _TYPES:
            raise self._error(f'Unsupported start tag "{tag}" @', begin)
        argument = ""
        self._skip_blank()
        while self._peek() != ">":
            argument = self._attribute(tag, begin) or argument
            self._skip_blank()
        self._at += 1
        if tag == "span" and argument != "spoiler":
            raise self._error('Tag "span" must have class "tg-spoiler" @', begin)
        self._open.append(_Open(tag, argument, self._offset, len(self._text)))

    def _attribute(self, tag: str, begin: int) -> str:
        """Read one attribute; return what of it matters for the tag, else nothing."""
        name = self._until(_BLANK + "=>").lower()
        if not name:
            problem = f'Empty attribute name in the tag "{tag}" @'
            raise self._error(problem if self._peek() else "Unclosed start tag @", begin)
        self._skip_blank()
        if self._peek() != "=":
            if tag == "blockquote" and name == "expandable" and self._peek():
                return "expandable"
            problem = f'Expected equal sign in declaration of an attribute of the tag "{tag}" @'
            raise self._error(problem if self._peek() else "Unclosed start tag @", begin)
        self._at += 1
        self._skip_blank()
        value = self._value()
        if not self._peek():
            raise self._error("Unclosed start tag @", begin)
        if tag == "a" and name == "href":
            return value
        if tag == "code" and name == "class" and value.startswith("language-"):
            return value.removeprefix("language-")
        if tag == "span" and name == "class" and value.startswith("tg-"):
            return value.removeprefix("tg-")
        return "expandable" if (tag, name) == ("blockquote", "expandable") else ""

    def _value(self) -> str:
        quote = self._peek()
        if quote not in ("'", '"'):
            start = self._at
            token = self._until(_BLANK + ">")
            if not re.fullmatch(r"[a-zA-Z0-9.-]*", token):
                raise self._error("Unexpected end of name token @", start)
            return token.lower()
        self._at += 1
        parts: list[str] = []
        while self._peek() and self._peek() != quote:
            parts.append(self._reference() if self._peek() == "&" else self._next())
        self._at += 1
        return "".join(parts)

    def _end_tag(self) -> None:
        begin = self._at
        self._at += 2
        if not self._open:
            raise self._error("Unexpected end tag @", begin)
        name = self._until(_BLANK + ">").lower()
        self._skip_blank()
        if self._peek() != ">":
            raise self._error("Unclosed end tag @", begin)
        self._at += 1
        opened = self._open.pop()
        if name and name != opened.tag:
            problem = f'Unmatched end tag @, expected "</{opened.tag}>", found "</{name}>"'
            raise self._error(problem, begin)
        if self._offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        kind, length = _TYPES[opened.tag], self._offset - opened.offset
        if opened.tag == "a":
            link = checked_link(opened.argument or "".join(self._text[opened.start :]))
            if link:
                self._entities.append(Entity(kind, opened.offset, length, url=link))
            return
        language: str | None = None
        if opened.tag == "blockquote" and opened.argument:
            kind = "expandable_blockquote"
        if opened.tag == "code" and self._open and self._open[-1].tag == "pre":
            language = opened.argument or None
        if opened.tag == "pre" and self._entities:
            last = self._entities[-1]
            if (last.type, last.offset, last.length) == ("code", opened.offset, length):
                language = self._entities.pop().language
        self._entities.append(Entity(kind, opened.offset, length, language=language))
