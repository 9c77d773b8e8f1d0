"""Drives the core with the world: inbox, journal, venue, views, jobs."""
