"""`openbell backtest`: the known answer, parameters as options, and the same bytes twice."""

import pytest

KNOWN = ("backtest", "--strategy", "sma_cross", "--data", "GOOG", "--fast", "10", "--slow", "30", "--fee", "0.001")


def test_the_known_answer_comes_as_one_json_document(openbell_json):
    result = openbell_json(*KNOWN, "--cash", "100000")
    assert (result["final_equity"], len(result["fills"]), result["fill_count"]) == ("174289.814", 65, 65)


def test_two_runs_print_the_same_bytes(openbell):
    assert openbell(*KNOWN, "--json").stdout == openbell(*KNOWN, "--json").stdout


def test_a_tear_sheet_is_written_where_asked(openbell, tmp_path):
    outcome = openbell(*KNOWN, "--report", str(tmp_path / "sheet.html"))
    assert outcome.exit_code == 0
    assert "174289.814" in outcome.stdout
    assert (tmp_path / "sheet.html").read_text().startswith("<!")


def test_parameters_come_by_name_by_equals_and_by_param(openbell_json):
    by_option = openbell_json(
        "backtest", "--strategy", "sma_cross", "--data", "GOOG-1d", "--fast=5", "--long-only", "no"
    )
    by_param = openbell_json(
        "backtest", "--strategy", "sma_cross", "--data", "GOOG", "--param", "fast=5", "--param", "long_only=false"
    )
    assert by_option["parameters"] == {"fast": 5, "slow": 30, "quantity": "100", "long_only": False}
    assert by_option["final_equity"] == by_param["final_equity"]


def test_a_period_and_a_symbol_are_taken(openbell_json):
    result = openbell_json(*KNOWN, "--start", "2005-01-01", "--end", "2006-01-01", "--symbol", "goog")
    assert (result["data"]["bars"], result["request"]["symbol"]) == (252, "GOOG")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--strategy", "nope", "--data", "GOOG"), 2, "unknown strategy nope"),
        (("--strategy", "sma_cross", "--data", "NOPE"), 1, "NOPE"),
        (("--strategy", "sma_cross", "--data", "GOOG", "--fats", "3"), 2, "no parameter fats"),
        (("--strategy", "sma_cross", "--data", "GOOG", "--fast", "x"), 2, "not a number"),
        (("--strategy", "sma_cross", "--data", "GOOG", "--fast"), 2, "needs a value"),
        (("--strategy", "sma_cross", "--data", "GOOG", "extra"), 2, "unexpected argument"),
        (("--strategy", "sma_cross", "--data", "GOOG", "--fast", "30", "--slow", "10"), 1, "less than slow"),
        (("--strategy", "sma_cross", "--data", "GOOG", "--cash", "1e400000"), 2, "--cash"),
        (("--strategy", "sma_cross", "--data", "GOOG", "--cash", "0"), 2, "above zero"),
        (("--strategy", "sma_cross", "--data", "GOOG", "--fee", "-1"), 2, "negative"),
        (("--strategy", "sma_cross", "--data", "GOOG", "--start", "yesterday"), 2, "--start"),
        (("--strategy", "sma_cross", "--data", "GOOG", "--fill-model", "x"), 1, "unknown fill model"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(words, code, sentence, openbell):
    # The data directory comes first, so that an option without a value stays without one.
    outcome = openbell("backtest", "--data-dir", "unused", *words, data_dir=False)
    assert (outcome.exit_code, outcome.stdout) == (code, "")
    assert sentence in outcome.stderr


def test_the_strategies_are_listed_with_their_parameters(openbell):
    outcome = openbell("strategies", data_dir=False)
    assert "sma_cross" in outcome.stdout
    assert "quantity" in outcome.stdout
