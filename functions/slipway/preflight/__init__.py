"""Check the archive and the account before anything is created."""
