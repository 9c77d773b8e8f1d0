"""The world outside: each file stands behind one port."""
