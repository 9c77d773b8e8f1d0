"""Recorded market data that ships with the product: files only, read by `adapters.catalog.packaged`."""
