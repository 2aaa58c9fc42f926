"""What the HTTP API shows, and metrics of outcomes."""
