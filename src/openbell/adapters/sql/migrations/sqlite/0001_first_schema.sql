-- Everything the first release keeps.

CREATE TABLE alerts (
    raised_seq INTEGER NOT NULL,
    alert_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    severity TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    context TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    acknowledged_ns INTEGER,
    acknowledged_by TEXT NOT NULL,
    PRIMARY KEY (raised_seq)
) STRICT;
CREATE INDEX alerts_by_account ON alerts (account_id, raised_seq, created_ns, severity, acknowledged_ns);
CREATE UNIQUE INDEX alerts_by_id ON alerts (alert_id);

CREATE TABLE answers (
    user_id TEXT NOT NULL,
    "key" TEXT NOT NULL,
    digest TEXT NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL,
    expires_ns INTEGER NOT NULL,
    PRIMARY KEY (user_id, "key")
) STRICT;
CREATE INDEX answers_by_expiry ON answers (expires_ns);

CREATE TABLE candles (
    symbol TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    ts_ns INTEGER NOT NULL,
    open ANY NOT NULL,
    high ANY NOT NULL,
    low ANY NOT NULL,
    close ANY NOT NULL,
    volume ANY NOT NULL,
    vwap ANY NOT NULL,
    PRIMARY KEY (symbol, timeframe, ts_ns)
) WITHOUT ROWID, STRICT;

CREATE TABLE equity_marks (
    account_id TEXT NOT NULL,
    strategy_id TEXT NOT NULL,
    ts_ns INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    equity ANY NOT NULL,
    PRIMARY KEY (account_id, strategy_id, ts_ns, seq)
) WITHOUT ROWID, STRICT;

CREATE TABLE fills (
    fill_seq INTEGER NOT NULL,
    fill_id TEXT NOT NULL,
    venue_fill_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    strategy_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    quantity ANY NOT NULL,
    price ANY NOT NULL,
    fee ANY NOT NULL,
    currency TEXT NOT NULL,
    liquidity TEXT NOT NULL,
    model TEXT NOT NULL,
    ts_ns INTEGER NOT NULL,
    realized_pnl ANY NOT NULL,
    PRIMARY KEY (fill_seq)
) STRICT;
CREATE INDEX fills_by_account ON fills (account_id, fill_seq, ts_ns, symbol, strategy_id);
CREATE INDEX fills_by_order ON fills (order_id);

CREATE TABLE journal (
    seq INTEGER NOT NULL,
    ts_ns INTEGER NOT NULL,
    account_id TEXT NOT NULL,
    account_seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (seq)
) STRICT;

CREATE TABLE orders (
    placed_seq INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    client_order_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    strategy_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    quantity ANY NOT NULL,
    order_type TEXT NOT NULL,
    limit_price ANY,
    stop_price ANY,
    time_in_force TEXT NOT NULL,
    post_only INTEGER NOT NULL,
    reduce_only INTEGER NOT NULL,
    status TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    updated_ns INTEGER NOT NULL,
    parent_order_id TEXT,
    oco_group TEXT,
    submitted_ns INTEGER,
    filled_ns INTEGER,
    filled_quantity ANY NOT NULL,
    filled_value ANY NOT NULL,
    fees ANY NOT NULL,
    revision INTEGER NOT NULL,
    reason TEXT NOT NULL,
    in_doubt INTEGER NOT NULL,
    resume_status TEXT NOT NULL,
    is_triggered INTEGER NOT NULL,
    PRIMARY KEY (placed_seq)
) STRICT;
CREATE INDEX orders_by_account ON orders (account_id, placed_seq, created_ns, status, symbol, strategy_id);
CREATE INDEX orders_by_client_id ON orders (client_order_id, account_id);
CREATE UNIQUE INDEX orders_by_id ON orders (order_id);

CREATE TABLE runs (
    run_id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    strategy_id TEXT NOT NULL,
    status TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    body BLOB NOT NULL,
    result BLOB,
    PRIMARY KEY (run_id)
) STRICT;
CREATE INDEX runs_by_owner ON runs (owner_id, created_ns, run_id, status, strategy_id);
CREATE INDEX runs_by_time ON runs (created_ns, run_id);

CREATE TABLE snapshots (
    seq INTEGER NOT NULL,
    state_hash TEXT NOT NULL,
    digest TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (seq)
) STRICT;

CREATE TABLE users (
    user_id TEXT NOT NULL,
    email TEXT NOT NULL,
    username TEXT NOT NULL,
    email_key TEXT NOT NULL,
    username_key TEXT NOT NULL,
    role TEXT NOT NULL,
    account_id TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    is_active INTEGER NOT NULL,
    PRIMARY KEY (user_id)
) STRICT;
CREATE UNIQUE INDEX users_by_email ON users (email_key);
CREATE UNIQUE INDEX users_by_username ON users (username_key);

CREATE TABLE api_keys (
    key_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    expires_ns INTEGER,
    revoked_ns INTEGER,
    allowed_networks TEXT NOT NULL,
    PRIMARY KEY (key_id),
    FOREIGN KEY(user_id) REFERENCES users (user_id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (secret_hash);
CREATE INDEX api_keys_by_user ON api_keys (user_id);

CREATE TABLE sessions (
    session_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    refresh_hash TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    expires_ns INTEGER NOT NULL,
    revoked_ns INTEGER,
    PRIMARY KEY (session_id),
    FOREIGN KEY(user_id) REFERENCES users (user_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX sessions_by_expiry ON sessions (expires_ns);
CREATE INDEX sessions_by_user ON sessions (user_id);
