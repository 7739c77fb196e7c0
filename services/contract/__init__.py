"""What services agree on: records, topics, page keys, width bands, masks, sites and tokens. No I/O."""
