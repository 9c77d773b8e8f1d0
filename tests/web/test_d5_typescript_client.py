"""D5: the TypeScript client, by its own tests."""

import pytest

# Both runs of the web's tests may fall into one test's time, on a machine that is busy with the others.
pytestmark = pytest.mark.timeout(400)


def test_d5_a_connection_makes_every_move_there_is(alone):
    names = alone.passed("packages/sdk/test/line.test.ts")
    assert len([name for name in names if name.startswith("moves of a connection goes from")]) == 14


def test_d5_ten_thousand_histories_lose_double_and_place_nothing_twice(alone):
    names = alone.passed("packages/sdk/test/histories.test.ts")
    assert all(name.startswith("10000 random histories") for name in names) and len(names) == 6


def test_d5_a_book_is_held_against_its_checksum_and_asked_for_again_where_it_differs(alone):
    assert len(alone.passed("packages/sdk/test/books.test.ts")) == 8


@pytest.mark.parametrize("file", ["values", "http"])
def test_d5_decimals_requests_retries_and_sessions_are_right(alone, file):
    assert len(alone.passed(f"packages/sdk/test/{file}.test.ts")) > 10


def test_d5_the_guides_methods_work_against_a_started_server(served):
    assert len(served.passed("packages/sdk/test/guide.e2e.test.ts")) >= 14
