"""Shorter ways to read the requests and messages that nearly all clients send."""
