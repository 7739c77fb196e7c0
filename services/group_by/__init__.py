"""Re-keys frames from session to page: `clickstream` in, `clickstream-group-by-page` out."""
