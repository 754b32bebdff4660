"""Telegram's objects, written as its Bot API writes them."""

from __future__ import annotations

from sandbox.records import Message, Person, StoredFile

Json = dict[str, object]


def person_json(person: Person) -> Json:
    """Return a User object."""
    return {
        "id": person.user_id,
        "is_bot": False,
        "first_name": person.first_name,
        "language_code": "en",
    }


def chat_json(person: Person) -> Json:
    """Return a Chat object: the private chat with this person."""
    return {"id": person.user_id, "type": "private", "first_name": person.first_name}


def photo_json(file: StoredFile) -> Json:
    """Return a PhotoSize object."""
    return {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "width": file.width,
        "height": file.height,
    }


def document_json(file: StoredFile) -> Json:
    """Return a Document object."""
    return {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "file_name": file.name,
        "mime_type": file.mime,
    }


def message_json(message: Message, person: Person, bot: Json, reply_to: Json | None = None) -> Json:
    """Return a Message object of the private chat with this person."""
    content = message.content
    body: Json = {
        "message_id": message.message_id,
        "from": bot if message.from_bot else person_json(person),
        "chat": chat_json(person),
        "date": message.date,
    }
    if message.edit_date is not None:
        body["edit_date"] = message.edit_date
    if message.group_id is not None:
        body["media_group_id"] = message.group_id
    if reply_to is not None:
        body["reply_to_message"] = reply_to
    if content.file is not None:
        is_photo = content.kind == "photo"
        body[content.kind] = [photo_json(content.file)] if is_photo else document_json(content.file)
    text_name, entities_name = (
        ("text", "entities") if content.kind == "text" else ("caption", "caption_entities")
    )
    if content.text:
        body[text_name] = content.text
    if content.entities:
        body[entities_name] = [entity.as_json() for entity in content.entities]
    if message.keyboard is not None:
        body["reply_markup"] = message.keyboard.as_json()
    return body
