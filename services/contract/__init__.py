"""What services agree on: records, topics, names of pages, width bands, masks, sites and tokens. No I/O."""
