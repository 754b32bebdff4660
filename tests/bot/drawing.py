"""What tests of drawings share."""

from __future__ import annotations

import pytest

# What other tests left to be cleared away (a socket, say) may be cleared while something is drawn.
drawn_without_warning = pytest.mark.filterwarnings(
    "error", "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
