"""Where code of others runs: a process of its own behind the walls of the kernel."""
