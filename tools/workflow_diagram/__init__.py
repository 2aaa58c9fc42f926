"""The workflow as a picture: a Mermaid flowchart drawn from the state machine's definition."""
