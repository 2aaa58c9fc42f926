"""What the command line and the web console know of a running Slipway: where it is, and what it has done.

It asks AWS and answers in plain values; printing is the callers'. It never ships.
"""
