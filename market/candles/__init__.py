"""Closed candles: asked for once, kept on disk, handed out from memory."""
