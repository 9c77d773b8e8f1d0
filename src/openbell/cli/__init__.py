"""The `openbell` command."""
