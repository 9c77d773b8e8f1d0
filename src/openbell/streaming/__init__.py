"""Streaming: events and market data from one hub to many listeners, each message written once."""
