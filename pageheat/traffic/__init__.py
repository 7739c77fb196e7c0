"""Simulated and recorded visitors, whose pointers send to ingest exactly as a browser does."""
