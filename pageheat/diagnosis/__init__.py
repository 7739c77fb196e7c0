"""What is wrong with a running Pageheat, and which setting changes it: `pageheat doctor`."""
