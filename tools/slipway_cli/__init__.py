"""The `slipway` command: a module a command, imported when it is called. It never ships."""
