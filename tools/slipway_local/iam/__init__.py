"""IAM: which permissions a call needs, and whether a role's policies give them.

MiniStack evaluates policies for its own services. What it does not evaluate is evaluated here: SageMaker, Application
Auto Scaling and Service Quotas, the calls that workflows, rules and schedules make under their roles.
"""
