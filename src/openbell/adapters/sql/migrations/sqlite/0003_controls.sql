-- What people did, in a chain of hashes, and the approvals of a change of mode.

CREATE TABLE audit (
    sequence INTEGER NOT NULL,
    ts_ns INTEGER NOT NULL,
    actor_id TEXT NOT NULL,
    role TEXT NOT NULL,
    credential TEXT NOT NULL,
    contract TEXT NOT NULL,
    client_ip TEXT NOT NULL,
    request_id TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (sequence)
) STRICT;
CREATE INDEX audit_by_action ON audit (action, sequence);
CREATE INDEX audit_by_actor ON audit (actor_id, sequence);

CREATE TABLE audit_head (
    head INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL,
    seal TEXT NOT NULL,
    PRIMARY KEY (head)
) STRICT;

CREATE TABLE approvals (
    approval_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    strategy_id TEXT NOT NULL,
    from_mode TEXT NOT NULL,
    to_mode TEXT NOT NULL,
    config_hash TEXT NOT NULL,
    reason TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    requested_ns INTEGER NOT NULL,
    expires_ns INTEGER NOT NULL,
    approved_by TEXT NOT NULL,
    approved_ns INTEGER,
    code_hash TEXT NOT NULL,
    used_ns INTEGER,
    PRIMARY KEY (approval_id)
) STRICT;
CREATE INDEX approvals_by_code ON approvals (code_hash);
CREATE INDEX approvals_by_time ON approvals (requested_ns);
