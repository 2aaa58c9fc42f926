"""What Slipway knows about deployments, without any I/O."""
