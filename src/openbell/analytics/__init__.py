"""Numbers from series: returns, ratios, drawdowns, round trips, indicators and the tear sheet.

Everything here is a pure function of its arguments. Floats are allowed, because these are statistics; the one
exception is `round_trips`, whose profits are money and therefore integers at 1e-8.
"""
