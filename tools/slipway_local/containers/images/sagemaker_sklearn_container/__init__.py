"""The serving half of aws/sagemaker-scikit-learn-container, which AWS publishes as source alone."""
