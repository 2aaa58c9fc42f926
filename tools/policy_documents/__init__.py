"""The identity-based policies of a translated template as plain JSON documents: for linters of IAM."""
