"""Links as addresses of one and the same page."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# What tells where a reader came from, and nothing about what is read.
TRACKING = ("utm_", "mc_")
TRACKERS = frozenset({"fbclid", "gclid", "igshid", "ref", "referrer", "source", "cmp", "cid"})


def canonical(link: str) -> str:
    """Return a link without scheme, `www.` and what only tracks its readers, for comparing.

    "" for none, and for the front page of a site: it says nothing about what is on it.
    """
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").removeprefix("www.")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    query = sorted(pair for pair in parse_qsl(parts.query) if not _tracks(pair[0].lower()))
    path = parts.path.rstrip("/")
    if not host or not (path or query):
        return ""
    return urlunsplit(("", f"{host}{port}", path, urlencode(query), ""))


def _tracks(name: str) -> bool:
    return name.startswith(TRACKING) or name in TRACKERS
