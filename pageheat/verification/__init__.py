"""An independent check of the running system; it shares only names and settings with the services."""
