"""`slipway doctor`: checks that only read, and probes of what AWS's documentation does not settle."""
