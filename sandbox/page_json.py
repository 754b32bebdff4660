"""Messages and taps as the page reads them."""

from __future__ import annotations

from sandbox.keyboard import Button
from sandbox.records import Message, Tap
from sandbox.telegram_json import Json


def page_message(message: Message) -> Json:
    """Return a message; a deleted one only says so."""
    if message.deleted:
        return {"id": message.message_id, "deleted": True}
    content = message.content
    file: Json | None = None
    if content.file is not None:
        file = {
            "id": content.file.file_id,
            "name": content.file.name,
            "size": content.file.size,
            "width": content.file.width,
            "height": content.file.height,
        }
    rows = message.keyboard.rows if message.keyboard else ()
    return {
        "id": message.message_id,
        "mine": not message.from_bot,
        "date": message.date,
        "edited": message.edit_date is not None,
        "kind": content.kind,
        "text": content.text,
        "entities": [entity.as_json() for entity in content.entities],
        "file": file,
        "replyTo": message.reply_to,
        "buttons": [[_button(button) for button in row] for row in rows],
    }


def _button(button: Button) -> Json:
    return {
        "text": button.text,
        "data": button.data,
        "url": button.url,
        "copy": button.copy,
        "style": button.style,
    }


def page_tap(tap: Tap) -> Json:
    """Return a tap and its answer."""
    return {
        "id": tap.query_id,
        "messageId": tap.message_id,
        "data": tap.data,
        "answered": tap.answered,
        "text": tap.text,
        "alert": tap.alert,
    }
