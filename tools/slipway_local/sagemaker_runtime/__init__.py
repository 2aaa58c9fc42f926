"""SageMaker Runtime over the wire: InvokeEndpoint."""
