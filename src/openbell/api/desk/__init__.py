"""The integration guide's contract: REST under /api/v1 and the sockets /ws/market-data and /ws/trading."""
