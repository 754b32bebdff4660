"""Prices as they come, over a websocket."""
