"""Whole deployments in one process: the workflow's own definition, the real handlers, virtual time.

`World` joins the parts; `tests/integration/test_workflow_harness.py` holds the interpreter to the real engine.
"""
