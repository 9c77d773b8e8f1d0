"""The front doors: what all contracts share, and one folder a contract."""
