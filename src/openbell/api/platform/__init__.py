"""The platform API: everything under /v1."""
