"""Journal and stores in a SQL database: SQLite, with one schema and one set of queries for others to come."""
