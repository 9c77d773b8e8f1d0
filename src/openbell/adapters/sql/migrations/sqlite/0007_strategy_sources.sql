-- Source of submitted strategies, by the digest that a strategy's configuration names.
CREATE TABLE strategy_sources (
    sha256 TEXT NOT NULL,
    source TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    PRIMARY KEY (sha256)
) STRICT;
