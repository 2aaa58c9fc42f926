"""`make demo`: a real model from upload to answer, an update, and a failure that explains itself."""
