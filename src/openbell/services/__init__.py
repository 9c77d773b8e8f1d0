"""What a caller may ask, one noun a file."""
