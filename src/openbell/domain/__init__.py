"""Words and rules of trading: values, orders, positions, events. No I/O and no clock."""
