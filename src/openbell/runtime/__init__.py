"""Drives the core with the world: live, recorded, and in worker processes."""
