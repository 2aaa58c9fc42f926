"""What the end of an execution adds to the metrics, and writes beside an upload."""
