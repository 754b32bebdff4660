"""The world's prices and news, in.

exchange.py is a real exchange, several.py joins many, demo/ is a made-up one.
"""
