"""The local stack: MiniStack as a child process with our own SageMaker mounted in it. It never ships."""
