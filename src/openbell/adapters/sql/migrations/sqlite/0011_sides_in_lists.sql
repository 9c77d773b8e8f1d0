-- Lists of orders and fills can be filtered by side: the index that holds every such field gets it too.
DROP INDEX orders_by_account;
CREATE INDEX orders_by_account ON orders (account_id, placed_seq, created_ns, status, symbol, strategy_id, side);
DROP INDEX fills_by_account;
CREATE INDEX fills_by_account ON fills (account_id, fill_seq, ts_ns, symbol, strategy_id, side);
