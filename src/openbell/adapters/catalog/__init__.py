"""Recorded market data in Parquet files: what ships with the product and what people import."""
