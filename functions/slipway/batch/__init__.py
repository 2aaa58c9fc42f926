"""Batch transform: a model over the objects of a data set, without an endpoint."""
