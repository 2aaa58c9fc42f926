"""What AWS refuses before it performs an operation."""
