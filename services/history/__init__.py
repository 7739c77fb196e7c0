"""The history: what happened on each page in each minute, kept in a database, and asked for over HTTP."""
