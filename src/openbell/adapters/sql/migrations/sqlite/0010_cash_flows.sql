-- What came into and left each ledger without being earned there, so that performance can leave it out; and the mark a
-- fill met, from which its slippage follows.
CREATE TABLE cash_flows (
    account_id TEXT NOT NULL,
    strategy_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    ts_ns INTEGER NOT NULL,
    kind TEXT NOT NULL,
    amount ANY NOT NULL,
    PRIMARY KEY (account_id, strategy_id, seq)
) WITHOUT ROWID, STRICT;

INSERT INTO cash_flows (account_id, strategy_id, seq, ts_ns, kind, amount)
SELECT
    account_id,
    json_extract(CAST(body AS TEXT), '$.strategy_id'),
    seq,
    ts_ns,
    json_extract(CAST(body AS TEXT), '$.kind'),
    CAST(json_extract(CAST(body AS TEXT), '$.base_amount') AS INTEGER)
FROM journal
WHERE kind = 'CashMoved';

ALTER TABLE fills ADD COLUMN mark ANY;
