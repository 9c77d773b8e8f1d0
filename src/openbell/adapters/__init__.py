"""The world outside: each file plugs one port into something real."""
