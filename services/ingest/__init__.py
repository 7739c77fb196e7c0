"""Accepts, checks and stamps pointer events: WebSocket frames and beacons in, `clickstream` out."""
