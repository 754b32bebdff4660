"""The text of a feed's bytes, in one of the encodings that feeds are written in."""

from __future__ import annotations

import codecs
import re
from email.message import Message

# Others can spell `<` in bytes that don't look like it, and no feed needs them.
READ = frozenset(
    {"ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "iso8859-1"}
    | {f"cp125{number}" for number in range(9)}
)
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)
_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([^\"'<>]{1,40})[\"']")


class UnreadEncoding(Exception):
    """The bytes are said to be in an encoding that is not read."""


def text_of(body: bytes, content_type: str) -> str:
    """Decode a feed by its byte order mark, its charset or its XML declaration; else as UTF-8.

    Bytes that are wrong in that encoding are read as UTF-8, or as Windows-1252 with marks for
    what it lacks. NUL is left out. Raises UnreadEncoding.
    """
    name = next((name for mark, name in MARKS if body.startswith(mark)), "")
    name = name or _charset(content_type) or _declared(body) or "utf-8"
    try:
        encoding = codecs.lookup(name).name
    except (LookupError, ValueError):
        encoding = ""
    if encoding not in READ:
        raise UnreadEncoding
    for one in (encoding, "utf-8"):
        try:
            return _bare(body.decode(one))
        except UnicodeDecodeError:
            continue
    return _bare(body.decode("cp1252", errors="replace"))


def _bare(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\0", "")


def _charset(content_type: str) -> str:
    header = Message()
    header["content-type"] = " ".join(content_type.split())
    return str(header.get_param("charset", "")).strip("'\" ")


def _declared(body: bytes) -> str:
    found = _DECLARED.match(body)
    return found[1].decode("ascii", errors="replace") if found else ""
