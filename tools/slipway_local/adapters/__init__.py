"""The ports of `slipway_local.ports` over boto3 clients that talk to the local engine's own URL."""
