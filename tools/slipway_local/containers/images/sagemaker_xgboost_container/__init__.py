"""The serving half of aws/sagemaker-xgboost-container, which AWS publishes as source alone."""
