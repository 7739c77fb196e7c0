"""Visitors without people: simulated or recorded pointers that speak to ingest exactly as a browser does."""
