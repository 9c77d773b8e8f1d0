"""D5: the TypeScript client, by its own tests."""

import pytest

pytestmark = pytest.mark.timeout(300)


def test_d5_a_connection_makes_every_move_and_loses_nothing_in_ten_thousand_histories(vitest):
    said = vitest("packages/sdk/test/line.test.ts", "packages/sdk/test/histories.test.ts")
    assert "skipped" not in said


def test_d5_the_guides_methods_work_against_a_started_server(vitest, served):
    said = vitest("packages/sdk/test/guide.e2e.test.ts", **served)
    assert "skipped" not in said


def test_d5_what_carries_money_and_retries_is_right_by_itself(vitest):
    vitest("--project", "sdk")
