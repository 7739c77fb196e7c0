"""Pictures of heat: counts in, PNG bytes out. Pure."""
