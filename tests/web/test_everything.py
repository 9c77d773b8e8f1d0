"""No test of the web fails, whichever line of a contract it belongs to or none."""

import pytest

# As of D5.
pytestmark = pytest.mark.timeout(400)


def test_every_file_of_the_webs_tests_passes(alone):
    assert len(alone.files) >= 8
    assert all(alone.passed(file) for file in alone.files)
