"""The vocabulary of a deployment: plan, names, tags, statuses, settings, limits."""
