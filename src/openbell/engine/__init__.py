"""The core: a function from inputs to events. No I/O, no clock, no network."""
