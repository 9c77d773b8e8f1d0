"""Trades, quotes and order books in the catalog: stored as recorded, read through the replay feed's readers."""
