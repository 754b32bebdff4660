"""What must never be shown, sent or kept, and a text without it."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, quote_plus

Hide = Callable[[str], str]

HIDDEN = "[secret]"
# Shorter ones would be found by chance in any encoded text.
LEAST_ENCODED = 8
# Secrets that nobody told us of, by their shape. A figure must be among them where plain words
# could look the same.
SHAPES: tuple[tuple[str, str], ...] = (
    # A bot token of Telegram's, also in an address and percent-encoded.
    (r"(?<!\d)\d{6,12}(?::|%3[Aa])[\w-]{30,}", HIDDEN),
    (r"(?<![\w-])sk-(?=[\w-]*\d)[\w-]{12,}", HIDDEN),
    # An Authorization header as a line, in a dict, or as a tuple of a request's headers.
    (
        r"(?i)(authorization\\?['\"]?\s*[:=,]\s*(?:b(?=['\"]))?\\?['\"]?)(?>(?:bearer|basic|token)\s+|)"
        r"(?!\[secret\])[^\s'\",)\\]+",
        rf"\1{HIDDEN}",
    ),
    (
        r"(?i)\b(bearer|basic)\s+(?=[A-Za-z._~+/=-]*\d)[A-Za-z0-9._~+/=-]{12,}",
        rf"\1 {HIDDEN}",
    ),
    (
        r"(?i)([?&;](?:[\w.-]*(?:key|token|secret|passw(?:or)?d|pwd|signature|sig|auth))=)"
        r"(?!\[secret\])[^&\s#\"'\\<>]+",
        rf"\1{HIDDEN}",
    ),
    (r"(\w://[^\s/?#:@\"']*:)(?!\[secret\])[^\s/?#@\"']+(?=@)", rf"\1{HIDDEN}"),
)


class Secrecy:
    """Replaces the given secrets, however they are written, and all that looks like one.

    A secret is found as it is, percent-encoded, escaped (JSON, repr, bytes, HTML), and in base64
    wherever it stands in what was encoded, such as `user:secret` of a Basic header.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._known = re.compile("|".join(map(re.escape, longest_first))) if forms else None
        self._shapes = [(re.compile(shape), said) for shape, said in SHAPES]

    def hide(self, text: str) -> str:
        """Return the text without secrets; `[secret]` stands in the place of each."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for shape, said in self._shapes:
            text = shape.sub(said, text)
        return text


def as_it_is(text: str) -> str:
    """Hide nothing: where there are no secrets."""
    return text


def _forms(secret: str) -> Iterator[str]:
    yield secret
    for encoded in (quote(secret), quote(secret, safe=""), quote_plus(secret)):
        yield encoded
        yield quote(encoded, safe="")
        yield re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), encoded)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield ascii(secret)[1:-1]
    yield repr(secret)[1:-1]
    yield repr(secret.encode())[2:-1]
    yield html.escape(secret)
    if len(secret) >= LEAST_ENCODED:
        yield from _in_base64(secret.encode())


def _in_base64(secret: bytes) -> Iterator[str]:
    """Write what base64 of any text makes of a secret in it, less the signs at its rims.

    Three bytes are four signs, so it depends on the place modulo three; a sign at a rim is made
    of a neighbour's bits too.
    """
    for before in range(3):
        whole = b64encode(b"\0" * before + secret).decode().rstrip("=")
        first = (before * 8 + 5) // 6
        last = (before + len(secret)) * 8 // 6
        core = whole[first:last]
        yield core
        yield core.replace("+", "-").replace("/", "_")
