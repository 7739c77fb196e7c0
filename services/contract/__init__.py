"""What all services agree on: records, topics, settings, and how they log, count and say they are well."""
