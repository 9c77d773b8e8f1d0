"""Sources of market events."""
