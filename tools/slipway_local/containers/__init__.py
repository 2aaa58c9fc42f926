"""SageMaker's inference containers as processes: GET /ping and POST /invocations, by family of images.

Run as `python -m slipway_local.containers FAMILY`, one of `families`, by the interpreter of the image's environment
(Python 3.8 and later). What AWS publishes as a package serves from that environment: sagemaker-containers for
scikit-learn and XGBoost, sagemaker-inference for the others. What AWS publishes as source alone is in `images/`.
"""
