"""`openbell model`: trained, listed, shown, and used by a backtest."""

import pytest

TRAIN = ("model", "train", "--data", "GOOG", "--trees", "10", "--folds", "3", "--name", "m")


@pytest.mark.line("P16")
def test_p16_a_trained_model_is_listed_shown_and_backtested(openbell, openbell_json):
    trained = openbell_json(*TRAIN, "--features", "rsi_14, macd,volume_sma_20,return_5")
    assert [one["model_id"] for one in openbell_json("model", "list")] == [trained["model_id"]]
    assert openbell_json("model", "show", trained["model_id"]) == trained
    assert "return_5" in openbell("model", "show", trained["model_id"]).stdout
    words = ("backtest", "--strategy", "xgboost_momentum", "--data", "GOOG", "--model", trained["model_id"])
    held = openbell_json(*words, "--signal-threshold", "0.5")
    stopped = openbell_json(*words, "--signal-threshold", "0.5", "--stop-loss-pct", "1", "--take-profit-pct", "1")
    assert len(stopped["fills"]) > 20
    assert stopped["fills"] != held["fills"]


def test_training_again_gives_the_same_model(openbell_json):
    assert openbell_json(*TRAIN)["model_id"] == openbell_json(*TRAIN)["model_id"]
    assert len(openbell_json("model", "list")) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("model", "show", "none"), "no model none"),
        ((*TRAIN, "--features", "magic"), "magic is no feature"),
        (("model", "train", "--data", "NOPE"), "NOPE"),
        (("backtest", "--strategy", "xgboost_momentum", "--data", "GOOG", "--model", "none"), "name a trained model"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(words, sentence, openbell):
    outcome = openbell(*words)
    assert outcome.exit_code == 1
    assert sentence in outcome.stderr
