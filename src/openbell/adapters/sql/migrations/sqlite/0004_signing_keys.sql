-- Keys whose secret signs requests: it is kept sealed, as it must be read again. A session may hang on such a key.
ALTER TABLE api_keys ADD COLUMN sealed_secret BLOB;
ALTER TABLE sessions ADD COLUMN key_id TEXT NOT NULL DEFAULT '';

-- What signed requests have used up.
CREATE TABLE nonces (
    key_id TEXT NOT NULL,
    nonce TEXT NOT NULL,
    expires_ns INTEGER NOT NULL,
    PRIMARY KEY (key_id, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX nonces_by_expiry ON nonces (expires_ns);
