"""Matching: a price-time book, and the simulated venue for paper trading and backtests."""
