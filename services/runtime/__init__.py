"""How a process lives: settings, logs, HTTP, time-outs, Kafka clients, readiness, lag, the stream loop."""
