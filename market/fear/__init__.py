"""Funding, open interest and the order book."""
