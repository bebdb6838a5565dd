"""Numbers in, numbers out: each figure with its interval, what it rests on and whether it may be quoted."""
