"""Methods that change or take away what is in a chat, and the answer to a tap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sandbox.chat import Chat
from sandbox.errors import bad_request
from sandbox.keyboard import Keyboard
from sandbox.reading import (
    read_caption,
    read_chat,
    read_markup,
    read_media,
    read_own_message,
    read_text,
)
from sandbox.records import Content, Message
from sandbox.sending import Method
from sandbox.wire import Params

_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
_DELETABLE_SECONDS = 48 * 3600
_MOST_ANSWER = 200
_ANSWERABLE_SECONDS = 60
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def edit_message_text(chat: Chat, params: Params) -> object:
    """Replace the text of a text message."""
    message = read_own_message(chat, params, "edit")
    text, entities = read_text(params, too_long="MESSAGE_TOO_LONG")
    if message.content.kind != "text":
        raise bad_request("there is no text in the message to edit")
    return _edit(chat, message, Content("text", text, entities), read_markup(params))


def edit_message_caption(chat: Chat, params: Params) -> object:
    """Replace the caption of a picture or document."""
    message = read_own_message(chat, params, "edit")
    text, entities = read_caption(params)
    if message.content.kind == "text":
        raise bad_request("there is no caption in the message to edit")
    content = replace(message.content, text=text, entities=entities)
    return _edit(chat, message, content, read_markup(params))


def edit_message_media(chat: Chat, params: Params) -> object:
    """Replace the picture or document, or give a text message one (its text goes)."""
    message = read_own_message(chat, params, "edit")
    keyboard = read_markup(params)
    with chat.database.transaction():
        content = read_media(chat, params.decoded("media"), params)
        if message.group_id is not None and content.kind != message.content.kind:
            raise bad_request("message media in an album can be replaced with its own type only")
        return _edit(chat, message, content, keyboard)


def edit_message_reply_markup(chat: Chat, params: Params) -> object:
    """Replace the keyboard alone; without one it is taken away."""
    message = read_own_message(chat, params, "edit")
    return _edit(chat, message, message.content, read_markup(params))


def _edit(chat: Chat, message: Message, content: Content, keyboard: Keyboard | None) -> object:
    if content == message.content and keyboard == message.keyboard:
        raise bad_request(_NOT_MODIFIED)
    return chat.message_json(chat.bot_edits(message, content, keyboard))


def delete_message(chat: Chat, params: Params) -> object:
    """Take one message away, the bot's or the person's, up to two days old."""
    chat_id = read_chat(chat, params)
    message = chat.messages_store.get(chat_id, params.integer("message_id") or 0)
    if message is None:
        raise bad_request("message to delete not found")
    if chat.now() - message.date > _DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    chat.bot_deletes(message)
    return True


def delete_messages(chat: Chat, params: Params) -> object:
    """Take up to a hundred messages away; those that aren't there are passed over."""
    chat_id = read_chat(chat, params)
    ids = params.decoded("message_ids")
    if not isinstance(ids, list) or not ids:
        raise bad_request("message identifiers are not specified")
    if len(ids) > 100:
        raise bad_request("too many message identifiers specified")
    with chat.database.transaction():
        for message_id in ids:
            message = None
            if isinstance(message_id, int) and abs(message_id) < 2**62:
                message = chat.messages_store.get(chat_id, message_id)
            if message and chat.now() - message.date <= _DELETABLE_SECONDS:
                chat.messages_store.delete(message)
    chat.bell.ring()
    return True


def answer_callback_query(chat: Chat, params: Params) -> object:
    """Answer a tap within a minute: nothing, a toast, or an alert to be closed."""
    tap = chat.taps.get(params.text("callback_query_id") or "")
    if tap is None or chat.now() - tap.asked_at > _ANSWERABLE_SECONDS:
        raise bad_request(_TOO_OLD)
    text = params.text("text") or ""
    if len(text) > _MOST_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    chat.bot_answers(tap.query_id, text, params.flag("show_alert"))
    return True


EDITING: Mapping[str, Method] = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageMedia": edit_message_media,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "answerCallbackQuery": answer_callback_query,
}
