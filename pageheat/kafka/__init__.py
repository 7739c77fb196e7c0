"""An Apache Kafka node without Docker, for `pageheat up` and the tests."""
