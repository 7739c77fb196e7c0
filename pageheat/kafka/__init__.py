"""A real Apache Kafka of one node, without Docker: for `pageheat up` and for the tests."""
