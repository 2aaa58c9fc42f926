"""SageMaker Runtime over the wire: InvokeEndpoint and InvokeEndpointAsync."""
