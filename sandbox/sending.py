"""Methods that put something into a chat."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from sandbox.chat import Chat
from sandbox.errors import bad_request
from sandbox.reading import (
    read_caption,
    read_chat,
    read_file,
    read_markup,
    read_media,
    read_reply,
    read_text,
)
from sandbox.records import Content, Kind
from sandbox.wire import Params

Method = Callable[[Chat, Params], object]

_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "upload_document",
        "upload_video",
        "upload_video_note",
        "upload_voice",
        "record_video",
        "record_video_note",
        "record_voice",
        "choose_sticker",
        "find_location",
    }
)


def send_message(chat: Chat, params: Params) -> object:
    """Send a text."""
    chat_id = read_chat(chat, params)
    text, entities = read_text(params, too_long="message is too long")
    return _send(chat, params, chat_id, Content("text", text, entities))


def send_photo(chat: Chat, params: Params) -> object:
    """Send a picture with a caption."""
    return _send_file(chat, params, "photo")


def send_document(chat: Chat, params: Params) -> object:
    """Send a file with a caption."""
    return _send_file(chat, params, "document")


def _send_file(chat: Chat, params: Params, kind: Kind) -> object:
    chat_id = read_chat(chat, params)
    text, entities = read_caption(params)
    with chat.database.transaction():
        file = read_file(chat, kind, params.text(kind), params)
        return _send(chat, params, chat_id, Content(kind, text, entities, file))


def _send(chat: Chat, params: Params, chat_id: int, content: Content) -> object:
    reply_to = read_reply(chat, params, chat_id)
    (sent,) = chat.bot_sends(chat_id, [content], read_markup(params), reply_to)
    return chat.message_json(sent)


def send_media_group(chat: Chat, params: Params) -> object:
    """Send two to ten pictures or documents as an album."""
    chat_id = read_chat(chat, params)
    media = params.decoded("media")
    if not isinstance(media, list) or not 2 <= len(media) <= 10:
        raise bad_request("there must be 2 to 10 items in an album")
    with chat.database.transaction():
        contents = [read_media(chat, item, params) for item in media]
        if len({content.kind for content in contents}) > 1:
            raise bad_request("documents can't be mixed with other media types")
        reply_to = read_reply(chat, params, chat_id)
        group_id = str(secrets.randbits(60))
        sent = chat.bot_sends(chat_id, contents, reply_to=reply_to, group_id=group_id)
    return [chat.message_json(message) for message in sent]


def send_chat_action(chat: Chat, params: Params) -> object:
    """Show "typing…" in the chat's header."""
    chat_id = read_chat(chat, params)
    if params.text("action") not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat.presence.types(chat_id)
    return True


SENDING: Mapping[str, Method] = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendMediaGroup": send_media_group,
    "sendChatAction": send_chat_action,
}
