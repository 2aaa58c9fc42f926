"""The engine: MiniStack in one child process, with our SageMaker mounted in it.

Everything here that touches a private place of MiniStack is guarded by a test in `tests/contract/engine`.
"""
