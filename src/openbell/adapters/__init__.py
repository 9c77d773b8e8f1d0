"""The world behind the ports: one file a plug."""
