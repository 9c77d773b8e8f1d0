-- Second factors: one for each user, and recovery codes of which only hashes are kept.

CREATE TABLE second_factors (
    user_id TEXT NOT NULL,
    sealed_secret BLOB NOT NULL,
    last_step INTEGER NOT NULL,
    created_ns INTEGER NOT NULL,
    enabled_ns INTEGER,
    PRIMARY KEY (user_id),
    FOREIGN KEY(user_id) REFERENCES users (user_id) ON DELETE CASCADE
) STRICT;

CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    used_ns INTEGER,
    PRIMARY KEY (user_id, code_hash),
    FOREIGN KEY(user_id) REFERENCES second_factors (user_id) ON DELETE CASCADE
) STRICT;
