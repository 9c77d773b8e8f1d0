-- What telemetry keeps of an account beside the journal: its parameters, and costs counted up to a place in the journal.
CREATE TABLE telemetry (
    account_id TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (account_id)
) STRICT;
