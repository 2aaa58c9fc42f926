"""Writes docs/commands.md from the commands themselves. It never ships."""
