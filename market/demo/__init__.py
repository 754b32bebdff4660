"""A made-up market, for where nothing can be reached."""
