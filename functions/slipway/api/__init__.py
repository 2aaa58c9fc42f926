"""What the HTTP API shows."""
