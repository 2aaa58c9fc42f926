"""The deployment input: its JSON Schema, and the sentences said when an input breaks it."""
