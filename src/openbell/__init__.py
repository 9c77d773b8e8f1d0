"""Openbell: a self-hosted quantitative trading backend over one deterministic core."""

__version__ = "0.1.0"
