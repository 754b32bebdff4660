"""What the sending and the editing methods read alike: chat, text, file, keyboard."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sandbox.chat import MOST_TEXT, Chat
from sandbox.entities import Entity, clean, finish, utf16_length
from sandbox.errors import ApiError, bad_request
from sandbox.html_mode import parse_html
from sandbox.images import look_at
from sandbox.keyboard import Keyboard, read_keyboard
from sandbox.records import Content, Kind, Message, StoredFile, Upload
from sandbox.wire import Params

MOST_CAPTION = 1024
_MOST_PHOTO_BYTES = 10 * 1024 * 1024
_MOST_PHOTO_SIDES = 10_000
_MOST_PHOTO_RATIO = 20


def read_chat(chat: Chat, params: Params) -> int:
    """Return the id of a private chat whose person is known."""
    if not params.text("chat_id"):
        raise bad_request("chat_id is empty")
    chat_id = params.integer("chat_id")
    if chat_id is None or chat.messages_store.person(chat_id) is None:
        raise bad_request("chat not found")
    return chat_id


def read_own_message(chat: Chat, params: Params, verb: str) -> Message:
    """Return the bot's message that `chat_id` and `message_id` name."""
    if params.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat_id = read_chat(chat, params)
    message_id = params.integer("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    message = chat.messages_store.get(chat_id, message_id)
    if message is None:
        raise bad_request(f"message to {verb} not found")
    if not message.from_bot:
        raise bad_request("message can't be edited")
    return message


def read_formatted(
    text: str, parse_mode: str | None, given: tuple[Entity, ...]
) -> tuple[str, tuple[Entity, ...]]:
    """Return the text and its entities as Telegram would store them."""
    mode = (parse_mode or "").lower()
    if mode == "html":
        return finish(*parse_html(text))
    if mode:
        # Markdown has two dialects of its own; a bot that needs one is told so at once.
        raise bad_request("unsupported parse_mode")
    return finish(clean(text), given)


def read_text(params: Params, too_long: str) -> tuple[str, tuple[Entity, ...]]:
    """Return the parameter `text` and its entities: 1 to 4096 UTF-16 units."""
    raw = params.text("text")
    if not raw:
        raise bad_request("message text is empty")
    text, entities = read_formatted(raw, params.text("parse_mode"), params.entities("entities"))
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > MOST_TEXT:
        raise bad_request(too_long)
    return text, entities


def read_caption(params: Params) -> tuple[str, tuple[Entity, ...]]:
    """Return the parameter `caption` and its entities: up to 1024 UTF-16 units."""
    raw = params.text("caption") or ""
    mode, given = params.text("parse_mode"), params.entities("caption_entities")
    text, entities = read_formatted(raw, mode, given)
    if utf16_length(text) > MOST_CAPTION:
        raise bad_request("message caption is too long")
    return text, entities


def read_markup(params: Params) -> Keyboard | None:
    """Return the inline keyboard of `reply_markup`."""
    return read_keyboard(params.decoded("reply_markup"))


def read_reply(chat: Chat, params: Params, chat_id: int) -> int | None:
    """Return the id of the message that this one replies to."""
    given = params.decoded("reply_parameters")
    wanted: object = None
    lenient = params.flag("allow_sending_without_reply")
    if isinstance(given, Mapping):
        wanted = given.get("message_id")
        lenient = given.get("allow_sending_without_reply") is True
    else:
        wanted = params.integer("reply_to_message_id")
    if wanted is None:
        return None
    if isinstance(wanted, int) and chat.messages_store.get(chat_id, wanted):
        return wanted
    if lenient:
        return None
    raise bad_request("message to be replied not found")


def read_media(chat: Chat, media: object, params: Params) -> Content:
    """Return the content that an InputMedia object describes, its file taken in."""
    if not isinstance(media, Mapping):
        raise bad_request("can't parse InputMedia: expected an Object")
    kind = media.get("type")
    if kind not in ("photo", "document"):
        raise bad_request(f"type '{kind}' can't be shown here; use photo or document")
    inner = Params({**media, "caption_entities": media.get("caption_entities")}, params.files)
    text, entities = read_caption(inner)
    return Content(kind, text, entities, read_file(chat, kind, media.get("media"), params))


def read_file(chat: Chat, kind: Kind, named: object, params: Params) -> StoredFile:
    """Return the file of a photo or document: uploaded now, attached, or sent before.

    `named` is the parameter's text: "attach://<part>", a file id, or None when the upload itself
    goes by the parameter's name.
    """
    upload = params.files.get(kind)
    if isinstance(named, str) and named.startswith("attach://"):
        upload = params.files.get(named.removeprefix("attach://"))
        if upload is None:
            raise bad_request(f"attached file '{named}' is not in the request")
    elif isinstance(named, str) and named:
        known = chat.files.get(named)
        if known is None or (kind == "photo" and not known.width):
            raise bad_request("wrong file identifier/HTTP URL specified")
        return known
    if upload is None:
        raise bad_request(f"there is no {kind} in the request")
    if not upload.content:
        raise bad_request("file must be non-empty")
    if kind == "photo":
        return _take_photo(chat, upload)
    name = re.sub(r'[\x00-\x1f\x7f"/\\<>|:*?]', "_", upload.name).strip(". ")[:100] or "file"
    named_upload = Upload(name, upload.mime, upload.content)
    return chat.files.add(named_upload, "documents", 0, 0, chat.now())


def _take_photo(chat: Chat, upload: Upload) -> StoredFile:
    if len(upload.content) > _MOST_PHOTO_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    picture = look_at(upload.content)
    if picture is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = picture.width, picture.height
    short, long = sorted((width, height))
    if not short or width + height > _MOST_PHOTO_SIDES or long > _MOST_PHOTO_RATIO * short:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    photo = Upload(f"photo.{picture.extension}", picture.mime, upload.content)
    return chat.files.add(photo, "photos", width, height, chat.now())
