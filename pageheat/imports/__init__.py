"""Readers of old logs: events and their positions by page, from logs and recordings that other tools made."""
