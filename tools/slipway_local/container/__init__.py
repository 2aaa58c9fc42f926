"""A SageMaker inference container as a process: GET /ping and POST /invocations over a script or an algorithm.

Run as `python -m slipway_local.container ALGORITHM`, one of `algorithms`. What it needs comes in SageMaker's own
environment variables; see `settings`. It imports only the standard library and waitress until the script, or the
algorithm, asks for more, because the time from start to the first good ping is what every deployment waits for.
"""
