"""Where long calculations run."""
