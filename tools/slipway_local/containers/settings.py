"""The variables of a container that are ours, not SageMaker's."""

from __future__ import annotations

# Where the parent listens for the port, as a file descriptor that the child inherits.
PORT_PIPE = "SLIPWAY_PORT_PIPE"
# A variable of the model's Environment: what answers in place of an image that the local stack cannot serve.
STAND_IN, ECHO = "SLIPWAY_STAND_IN", "echo"
