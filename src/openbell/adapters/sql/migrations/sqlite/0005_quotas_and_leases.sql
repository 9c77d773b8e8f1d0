-- What has passed of each rate limit, and who may write: every server that takes the lease counts its epoch up.

CREATE TABLE quotas (
    name TEXT NOT NULL,
    times BLOB NOT NULL,
    expires_ns INTEGER NOT NULL,
    PRIMARY KEY (name)
) STRICT;
CREATE INDEX quotas_by_expiry ON quotas (expires_ns);

CREATE TABLE leases (
    name TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    holder TEXT NOT NULL,
    PRIMARY KEY (name)
) STRICT;
