"""An independent check of the running system: shares nothing with the services but names and settings."""
