"""`openbell data`: nothing half-imported, errors by line, one JSON document where asked."""

import json

import pytest

GOOD = "ts,open,high,low,close,volume\n2024-01-02,10,12,9,11,1000\n2024-01-03,11,13,10,12.5,900\n"


@pytest.fixture
def csv(tmp_path):
    def write(text):
        file = tmp_path / "given.csv"
        file.write_text(text)
        return str(file)

    return write


def test_a_file_is_imported_listed_shown_and_deleted(openbell, openbell_json, csv):
    report = openbell_json("data", "import", csv(GOOD), "--symbol", "test", "--timeframe", "1d")
    assert (report["dataset"]["dataset_id"], report["rows"], report["errors"]) == ("TEST-1d", 2, 0)
    listed = {entry["dataset_id"] for entry in openbell_json("data", "list")}
    assert listed == {"AAPL-1d", "GOOG-1d", "MSFT-1d", "TEST-1d"}
    shown = openbell_json("data", "show", "TEST")
    assert shown["last_bars"][-1]["close"] == "12.50"
    assert openbell("data", "delete", "TEST-1d").exit_code == 0
    assert openbell("data", "show", "TEST").exit_code == 1


def test_a_bad_file_names_its_lines_on_stderr_and_ends_with_one(openbell, csv):
    outcome = openbell("data", "import", csv(GOOD + "2024-01-04,oops,1,1,1,1\n"), "--symbol", "T", "--timeframe", "1d")
    assert (outcome.exit_code, outcome.stdout) == (1, "")
    assert "line 4: open is not a number (oops)" in outcome.stderr
    assert openbell("data", "show", "T").exit_code == 1


def test_a_bad_file_still_gives_one_json_document(openbell, csv):
    outcome = openbell("data", "import", csv("a,b\n"), "--symbol", "T", "--timeframe", "1d", "--json")
    document = json.loads(outcome.stdout)
    assert (outcome.exit_code, document["dataset"], document["findings"][0]["line"]) == (1, None, 1)


@pytest.mark.parametrize(
    "words",
    [
        ("--symbol", "T", "--timeframe", "2d"),
        ("--symbol", "T"),
        ("--symbol", "../T", "--timeframe", "1d"),
        ("--symbol", "T", "--kind", "candles"),
        ("--timeframe", "1d"),
    ],
)
def test_wrong_usage_ends_with_two_and_one_sentence(words, openbell, csv):
    outcome = openbell("data", "import", csv(GOOD), *words)
    assert outcome.exit_code == 2
    assert outcome.stdout == ""
    assert "Traceback" not in outcome.stderr


def test_packaged_data_stays(openbell):
    outcome = openbell("data", "delete", "GOOG-1d")
    assert (outcome.exit_code, "ships with" in outcome.stderr) == (1, True)
    assert openbell("data", "show", "GOOG").exit_code == 0


def test_tables_are_for_people(openbell):
    outcome = openbell("data", "list")
    assert "GOOG-1d" in outcome.stdout
    assert "2,148" in outcome.stdout


def test_a_file_and_a_dataset_are_validated_and_nothing_is_kept(openbell, openbell_json, csv):
    words = ("--symbol", "T", "--timeframe", "1d")
    gappy = csv(GOOD + "2024-01-08,11,13,10,12,1\n")
    report = openbell_json("data", "validate", gappy, *words)
    assert (report["dataset"], report["coverage"]["missing"], report["counts"]) == (None, 2, {"gap": 1})
    assert openbell("data", "show", "T").exit_code == 1
    refused = openbell("data", "validate", csv(GOOD + "2024-01-03,1,1,1,1,1\n"), *words)
    assert (refused.exit_code, "line 4: time is the same as on line 3" in refused.stderr) == (1, True)
    assert openbell_json("data", "validate", "AAPL-1d")["counts"]["split_suspected"] == 2
    assert openbell("data", "validate", gappy).exit_code == 2


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_an_export_is_imported_again_unchanged(ending, openbell, openbell_json, tmp_path):
    to = str(tmp_path / f"out.{ending}")
    assert openbell("data", "export", "GOOG-1d", "--to", to).exit_code == 0
    openbell_json("data", "import", to, "--symbol", "AGAIN", "--timeframe", "1d")
    first, again = (openbell_json("data", "show", name) for name in ("GOOG-1d", "AGAIN-1d"))
    assert first["first_bars"] == again["first_bars"] and first["last_bars"] == again["last_bars"]
    assert openbell("data", "export", "GOOG-1d", "--to", to).exit_code == 1
    assert openbell("data", "export", "GOOG-1d", "--to", f"{to}.xlsx").exit_code == 2


def test_splits_and_dividends_are_added_and_change_a_backtest_that_wants_them(openbell, openbell_json, csv):
    rows = "".join(
        f"2024-01-{day:02},{100 if day < 10 else 50},101,49,{100 if day < 10 else 50},1\n" for day in range(2, 20)
    )
    openbell_json("data", "import", csv("ts,open,high,low,close,volume\n" + rows), "--symbol", "T", "--timeframe", "1d")
    [action] = openbell_json("data", "actions", "T-1d", "--split", "2024-01-10=2:1")
    assert (action["ex_date"], action["ratio"]) == ("2024-01-10", "2:1")
    run = ("backtest", "--strategy", "buy_and_hold", "--data", "T-1d")
    raw, adjusted = openbell_json(*run), openbell_json(*run, "--adjusted", "splits")
    assert raw["metrics"]["total_return"] < -40
    assert abs(adjusted["metrics"]["total_return"]) < 1
    assert (raw["data"]["adjustment"], adjusted["data"]["adjustment"]) == ("none", "splits")
    assert raw["data"]["digest"] != adjusted["data"]["digest"]
    assert openbell("data", "actions", "T-1d", "--split", "2024-01-10=4").exit_code == 2
    assert openbell_json("data", "actions", "T-1d", "--clear", "--dividend", "2024-01-05=0.25")[0]["amount"] == "0.25"
