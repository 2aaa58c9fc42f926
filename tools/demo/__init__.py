"""`make demo` and `make demo-vision`: real models from upload to answer on a local stack."""
