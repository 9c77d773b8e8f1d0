"""What a server's answers are read into: frozen structs with Decimal for money and aware datetimes."""
