"""The page about conformance says what the tests say, and the tests name lines that exist."""

from conformance_page import PAGE, page, proofs
from contract_lines import LINES


def test_every_line_of_the_contracts_has_its_row():
    count = {"T": 10, "P": 18, "R": 8, "E": 12, "D": 10, "C": 40}
    assert list(LINES) == [f"{code}{number}" for code, last in count.items() for number in range(1, last + 1)]


def test_no_test_proves_a_line_that_is_not_there():
    assert not proofs().keys() - LINES.keys()


def test_the_page_is_what_the_tests_say():
    assert PAGE.read_text("utf-8") == page(), "run `make docs`"


def test_every_test_that_a_line_names_is_there():
    there = {name for tests in proofs().values() for _, name in tests}
    assert not {name for line in LINES.values() for name in line.also} - there
