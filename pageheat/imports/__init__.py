"""Old logs read: what was done where on which page, from the logs and recordings that others have made."""
