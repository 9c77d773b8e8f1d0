-- Sessions are shown to whom they belong: where they came from, with which program, and when they were last renewed.
ALTER TABLE sessions ADD COLUMN client_ip TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN refreshed_ns INTEGER;
