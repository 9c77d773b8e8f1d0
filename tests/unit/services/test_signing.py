"""What a signed request says of its time, and how long that is believed."""

import pytest

from openbell.services.signing import instant_of

S_NS = 1_000_000_000


@pytest.mark.parametrize("text", ["", "soon", "-1", "1.5", "1e9", " 1", "1_0", "\u0661\u0662", "\u00b2", "1" * 16])
def test_a_time_that_is_not_plain_digits_is_none(text):
    assert instant_of(text) is None


@pytest.mark.parametrize(
    ("text", "instant_ns"),
    [("0", 0), ("99999999999", 99_999_999_999 * S_NS), ("100000000000", 100_000_000 * S_NS), ("1" * 15, None)],
)
def test_a_time_of_twelve_digits_and_more_is_in_milliseconds(text, instant_ns):
    assert instant_of(text) == (int(text) * S_NS // 1_000 if instant_ns is None else instant_ns)
