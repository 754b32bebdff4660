"""Inline keyboards: read, checked as Telegram checks them, written back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.entities import checked_link
from sandbox.errors import bad_request

_MOST_BUTTONS = 100
_MOST_DATA_BYTES = 64
_MOST_COPY = 256
_STYLES = ("danger", "success", "primary")
_OTHER_MARKUPS = ("force_reply", "keyboard", "remove_keyboard")


@dataclass(frozen=True)
class Button:
    """One button; exactly one of `data`, `url` and `copy` is set."""

    text: str
    data: str | None = None
    url: str | None = None
    copy: str | None = None
    style: str | None = None

    def as_json(self) -> dict[str, object]:
        """Return Telegram's InlineKeyboardButton object."""
        body: dict[str, object] = {"text": self.text}
        if self.data is not None:
            body["callback_data"] = self.data
        if self.url is not None:
            body["url"] = self.url
        if self.copy is not None:
            body["copy_text"] = {"text": self.copy}
        if self.style is not None:
            body["style"] = self.style
        return body


@dataclass(frozen=True)
class Keyboard:
    """Rows of buttons under a message."""

    rows: tuple[tuple[Button, ...], ...]

    def as_json(self) -> dict[str, object]:
        """Return Telegram's InlineKeyboardMarkup object."""
        return {"inline_keyboard": [[button.as_json() for button in row] for row in self.rows]}


def read_keyboard(markup: object) -> Keyboard | None:
    """Read a decoded `reply_markup`; None when it holds no inline button.

    Reply keyboards and forced replies are taken and not shown: the page is always ready to type.
    Raises ApiError with Telegram's words.
    """
    if markup is None or markup == "":
        return None
    if not isinstance(markup, Mapping):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" not in markup:
        if markup and not any(name in markup for name in _OTHER_MARKUPS):
            raise bad_request("can't parse reply keyboard markup JSON object")
        return None
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request("can't parse inline keyboard markup JSON object")
    read = tuple(tuple(_button(button) for button in row) for row in rows if row)
    if sum(len(row) for row in read) > _MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    return Keyboard(read) if read else None


def _button(raw: object) -> Button:
    if not isinstance(raw, Mapping):
        raise _unparsed("Object expected")
    text = raw.get("text")
    if not isinstance(text, str):
        raise _unparsed('Field "text" must be of type String')
    if not text.strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    style = raw.get("style")
    if style is not None and style not in _STYLES:
        raise _unparsed("Invalid button style specified")
    if raw.get("url"):
        return Button(text, url=_url(raw["url"]), style=style)
    if "callback_data" in raw:
        return Button(text, data=checked_data(raw["callback_data"]), style=style)
    if isinstance(raw.get("copy_text"), Mapping):
        copied = raw["copy_text"].get("text")
        if not isinstance(copied, str) or not 1 <= len(copied) <= _MOST_COPY:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
        return Button(text, copy=copied, style=style)
    raise _unparsed("Text buttons are unallowed in the inline keyboard")


def checked_data(data: object) -> str:
    """Return callback data of 1 to 64 bytes; raises ApiError for any other."""
    if not isinstance(data, str) or not 1 <= len(data.encode()) <= _MOST_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    return data


def _url(address: object) -> str:
    link = checked_link(address) if isinstance(address, str) else None
    if link is None:
        raise bad_request(f"inline keyboard button URL '{address}' is invalid: Wrong HTTP URL")
    return link


def _unparsed(why: str) -> Exception:
    return bad_request(f"can't parse inline keyboard button: {why}")
