"""The way to one exchange through ccxt: requests, errors, what its markets are called."""
