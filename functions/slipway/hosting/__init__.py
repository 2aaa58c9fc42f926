"""Create the model, the endpoint configuration and the endpoint."""
