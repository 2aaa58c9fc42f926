"""Tables, progress and JSON."""
