"""Recorded data through the client, against a started server."""

import gzip
from datetime import date
from decimal import Decimal

import pytest

from openbell.client import CorporateAction, Refused
from openbell.client.datasets import upload_dataset

ROWS = b"ts,open,high,low,close,volume\n2024-01-02,10,12,9,11,1000\n2024-01-03,5,6,5,5.5,900\n"


def test_a_file_is_brought_read_adjusted_exported_and_taken_away(client):
    brought = client.datasets.upload(gzip.compress(ROWS), symbol="CLI", timeframe="1d")
    assert (brought.dataset_id, brought.rows, brought.coverage.missing) == ("CLI-1d", 2, 0)
    assert client.datasets.get("CLI-1d") == brought
    split = CorporateAction(ex_date=date(2024, 1, 3), kind="split", new_shares=2)
    assert client.datasets.set_actions("CLI-1d", [split]) == client.datasets.actions("CLI-1d") == (split,)
    adjusted = client.datasets.bars("CLI-1d", adjusted="splits", limit=1, start="2024-01-02")
    assert (adjusted.adjustment, adjusted.bars[0].close) == ("splits", Decimal("5.50"))
    assert client.datasets.export("CLI-1d").startswith(b"ts,open")
    assert "CLI-1d" in {one.dataset_id for one in client.datasets.iter(kind="bars")}
    assert client.datasets.delete("CLI-1d") == "CLI-1d"


def test_a_bad_file_is_refused_by_line_and_can_be_asked_about_first(client):
    bad = ROWS + b"2024-01-03,1,1,1,1,1\n"
    report = client.datasets.validate(bad, symbol="CLI", timeframe="1d")
    assert (report.quality.status, report.quality.findings[0].line) == ("rejected", 4)
    with pytest.raises(Refused) as refused:
        client.datasets.upload(bad, symbol="CLI", timeframe="1d")
    assert (refused.value.code, refused.value.details[0].field) == ("DATASET_REJECTED", "line 4")


def test_an_upload_says_what_it_is_and_is_not_sent_twice():
    call = upload_dataset(ROWS, symbol="X", timeframe="1d")
    assert (call.content_type, call.repeat.value) == ("application/octet-stream", "unsent")
    with pytest.raises(ValueError, match="empty"):
        upload_dataset(b"", symbol="X")
