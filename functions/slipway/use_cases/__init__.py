"""One module per Lambda state: what the state decides."""
