"""The command blocks of the documentation: found, and run as a reader would."""
