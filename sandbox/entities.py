"""Formatted text: entities in UTF-16 offsets, as Telegram counts them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

# Telegram's own rule: "BTC/USDT" and "24/7" hold no command, "/ask what" does.
_COMMAND = re.compile(r"(?<![\w/<>])/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/<>])")
_URL = re.compile(r"(?<![\w@/])https?://[^\s<>\"'`]+", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f]")
_EDGE = " \n"
_LITERAL = frozenset({"code", "pre", "text_link", "url"})
_ORDER = ("blockquote", "expandable_blockquote", "pre", "text_link", "bold", "italic")


@dataclass(frozen=True)
class Entity:
    """A stretch of text with a meaning; offset and length in UTF-16 code units."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None

    @property
    def end(self) -> int:
        return self.offset + self.length

    def as_json(self) -> dict[str, object]:
        """Return Telegram's MessageEntity object."""
        body: dict[str, object] = {"type": self.type, "offset": self.offset, "length": self.length}
        if self.url is not None:
            body["url"] = self.url
        if self.language is not None:
            body["language"] = self.language
        return body


def utf16_length(text: str) -> int:
    """Count UTF-16 code units: two for each character beyond U+FFFF."""
    return len(text) + sum(1 for char in text if char > "\uffff")


def clean(text: str) -> str:
    """Drop what Telegram drops from any text: carriage returns; control characters go blank."""
    return _CONTROL.sub(" ", text.replace("\r", ""))


def checked_link(address: str) -> str | None:
    """Return the address as Telegram keeps it, None when it is none that may be linked.

    Only http, https and tg; a host needs a dot, so `http://localhost/` is refused there too.
    """
    address = address.strip()
    if address.lower().startswith("tg://"):
        return address
    if "://" not in address:
        address = f"http://{address}"
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or re.search(r"[\s<>\"]", address):
        return None
    if "@" in parts.netloc:  # a name before the host only hides where the link goes
        return None
    return address if "." in host.strip(".") else None


def finish(text: str, entities: Iterable[Entity]) -> tuple[str, tuple[Entity, ...]]:
    """Trim the text, find commands and addresses in it, and put the entities in order."""
    kept = [entity for entity in entities if entity.length > 0]
    text, kept = _trim(text, kept)
    kept = _without_nested_in_code(kept)
    kept += _found(text, kept)
    kept.sort(key=lambda entity: (entity.offset, -entity.length, _rank(entity)))
    return text, tuple(kept)


def _rank(entity: Entity) -> int:
    return _ORDER.index(entity.type) if entity.type in _ORDER else len(_ORDER)


def _trim(text: str, entities: Sequence[Entity]) -> tuple[str, list[Entity]]:
    """Strip blanks at both ends; those at the start only as far as no entity covers them."""
    text = text.rstrip(_EDGE)
    end = utf16_length(text)
    clipped = [
        replace(entity, length=min(entity.end, end) - entity.offset)
        for entity in entities
        if entity.offset < end
    ]
    blanks = len(text) - len(text.lstrip(_EDGE))
    cut = min([blanks, *(entity.offset for entity in clipped)])
    return text[cut:], [replace(entity, offset=entity.offset - cut) for entity in clipped]


def _without_nested_in_code(entities: Sequence[Entity]) -> list[Entity]:
    """Drop what lies inside code: Telegram formats nothing there."""
    code = [entity for entity in entities if entity.type in ("code", "pre")]

    def inside(entity: Entity) -> bool:
        return any(
            entity is not block
            and block.offset <= entity.offset
            and entity.end <= block.end
            and not (entity.type == "pre" and block.type == "code")
            and "blockquote" not in entity.type
            for block in code
        )

    return [entity for entity in entities if not inside(entity)]


def _found(text: str, entities: Sequence[Entity]) -> list[Entity]:
    literal = [entity for entity in entities if entity.type in _LITERAL]
    found: list[Entity] = []
    for entity in _matches(text):
        taken = [*literal, *found]
        if all(entity.end <= other.offset or other.end <= entity.offset for other in taken):
            found.append(entity)
    return found


def _matches(text: str) -> Iterator[Entity]:
    for match in _URL.finditer(text):
        address = match.group().rstrip(".,;:!?)]}")
        if checked_link(address):
            offset = utf16_length(text[: match.start()])
            yield Entity("url", offset, utf16_length(address))
    for match in _COMMAND.finditer(text):
        yield Entity("bot_command", utf16_length(text[: match.start()]), len(match.group()))
