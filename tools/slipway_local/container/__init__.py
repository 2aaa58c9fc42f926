"""A SageMaker inference container as a process: GET /ping and POST /invocations over a user's script.

Run as `python -m slipway_local.container`. What it needs comes in SageMaker's own environment variables; see
`settings`. It imports only the standard library and waitress until the user's script asks for more, because
the time from start to the first good ping is what every deployment waits for.
"""
