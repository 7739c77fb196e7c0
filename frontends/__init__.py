"""What runs in browsers, and the servers that hand it out."""
