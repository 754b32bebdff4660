"""Nothing is asked twice: one request in flight, answers shared while they are fresh."""
