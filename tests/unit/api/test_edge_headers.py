"""Headers as text: the same as one by one, and never more lines than there are headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.api.edge_headers import lines_of, quota_headers, quota_lines, request_id, settled
from openbell.services.limiter import Verdict

COUNTS = st.integers(0, 1_000_000)


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.sampled_from(["reads", "auth-flood"]))
def test_a_quota_is_written_as_its_headers_are(limit, remaining, reset_s, now_s, bucket):
    verdict = Verdict(
        is_allowed=True,
        bucket=bucket,
        limit=limit,
        period_s=60,
        remaining=remaining,
        reset_s=reset_s,
        retry_after_s=0,
    )
    assert quota_lines(verdict, now_s) == lines_of(quota_headers(verdict, now_s))


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb", b"a\x00b", b"a\x7fb", b"\x1b[1m"])
def test_a_header_that_is_more_than_a_line_of_text_is_not_written(value):
    with pytest.raises(ValueError, match="no single line"):
        lines_of([(b"x-one", b"1"), (b"x-two", value)])


def test_what_is_sent_over_tls_says_so():
    assert lines_of(settled("https")).startswith(lines_of(settled("http")))
    assert b"strict-transport-security: max-age=" in lines_of(settled("https"))


def test_ids_are_fresh_unless_one_was_given():
    assert request_id("mine") == "mine"
    made = {request_id(given) for given in ("", "with space", "x" * 129, "\xe9", "")}
    assert len(made) == 5
    assert all(len(one) == 36 and one.startswith("req-") for one in made)
