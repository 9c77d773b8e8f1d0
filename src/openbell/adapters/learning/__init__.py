"""Libraries that learn, each behind a port and imported only when it is asked for."""
