"""`openbell report` and `openbell compare`: results in, pages, data and pictures out."""

import json

import pytest

KNOWN = ("backtest", "--strategy", "sma_cross", "--data", "GOOG", "--slow", "30", "--fee", "0.001")


@pytest.fixture
def result(openbell, tmp_path):
    """Make a result of the crossover with a fast average and give its file."""

    def made(fast):
        path = tmp_path / f"sma{fast}.json"
        path.write_text(openbell(*KNOWN, "--fast", str(fast), "--json").stdout)
        return str(path)

    return made


def test_a_result_becomes_a_page_with_the_prices_of_its_data(openbell, result, tmp_path):
    outcome = openbell("report", result(10), "--out", str(tmp_path / "r.html"), "--benchmark", "MSFT-1d")
    assert outcome.exit_code == 0, outcome.stderr
    page = (tmp_path / "r.html").read_text()
    assert "174,289.814" in page and "MSFT-1d, scaled to the same start" in page
    assert "Price at fills only" not in page


def test_a_result_becomes_data(openbell, result, tmp_path):
    assert openbell("report", result(10), "-o", str(tmp_path / "r.json")).exit_code == 0
    made = json.loads((tmp_path / "r.json").read_text())
    assert (made["final_equity"], len(made["trades"])) == ("174289.814", 32)


def test_a_result_becomes_a_picture(openbell, result, tmp_path):
    pytest.importorskip("resvg_py", reason="the extra png is not installed")
    assert openbell("report", result(10), "-o", str(tmp_path / "r.png"), "--dark").exit_code == 0
    assert (tmp_path / "r.png").read_bytes()[:4] == b"\x89PNG"


def test_results_are_compared_by_the_names_of_their_files(openbell, result, tmp_path):
    files = [result(5), result(10)]
    assert openbell("compare", *files, "-o", str(tmp_path / "c.html")).exit_code == 0
    page = (tmp_path / "c.html").read_text()
    assert "sma5" in page and "sma10" in page and "74.29%" in page
    assert openbell("compare", *files, "-o", str(tmp_path / "c.json")).exit_code == 0
    assert [one["name"] for one in json.loads((tmp_path / "c.json").read_text())["runs"]] == ["sma5", "sma10"]


def test_what_cannot_be_reported_ends_with_a_sentence(openbell, result, tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text("[1]")
    good = result(10)
    for words in (
        ("report", str(broken)),
        ("report", good, "-o", "x.pdf"),
        ("report", good, "--benchmark", "NOTHING"),
        ("compare", good),
        ("compare", good, good),
    ):
        outcome = openbell(*words)
        assert outcome.exit_code in (1, 2) and outcome.stderr.startswith("openbell: "), words
