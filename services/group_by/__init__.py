"""Re-keys frames from their session to their page: `clickstream` in, `clickstream-group-by-page` out."""
