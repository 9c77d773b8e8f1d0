"""The telemetry contract: a public stream of one paper account, and remote control of a running strategy."""
