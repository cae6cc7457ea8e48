"""The till's SQLite files: ledger, replica, search, print queue."""
