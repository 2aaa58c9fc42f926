"""Permissions that only AWS itself asks for: nothing on a laptop misses them. Each has its source."""

from __future__ import annotations

from collections.abc import Mapping

CREATE_MODEL = "SageMaker developer guide, how to use execution roles, permissions of CreateModel"
LOG_DELIVERY = "Step Functions developer guide, logging to CloudWatch Logs, IAM policies"
TRACES = "Step Functions developer guide, AWS X-Ray, IAM policies"
PROOF = (
    "Application Auto Scaling user guide, permissions validation; SageMaker developer guide, auto scaling prerequisites"
)
DEAD_LETTERS = "EventBridge Scheduler user guide, dead-letter queues; Lambda developer guide, dead-letter queues"
ASYNCHRONOUS = "SageMaker developer guide, asynchronous inference, complete the prerequisites"
PARTS = "S3 user guide, multipart upload and permissions: only a failed copy in parts is aborted"
MAPS = "Step Functions developer guide, IAM policies for using Distributed Map states"
NESTED = "Step Functions developer guide, start a new workflow from a task state, IAM policies"

ONLY_AWS: Mapping[tuple[str, str], str] = {
    ("ExecutionRole", "logs:DescribeLogStreams"): CREATE_MODEL,
    ("ExecutionRole", "cloudwatch:PutMetricData"): CREATE_MODEL,
    ("ExecutionRole", "s3:AbortMultipartUpload"): ASYNCHRONOUS,
    ("CreateModelFunctionRole", "s3:AbortMultipartUpload"): PARTS,
    ("ConfigureScalingFunctionRole", "sagemaker:DescribeEndpointConfig"): PROOF,
    ("ConfigureScalingFunctionRole", "sagemaker:UpdateEndpointWeightsAndCapacities"): PROOF,
    ("ConfigureScalingFunctionRole", "iam:CreateServiceLinkedRole"): PROOF,
    ("DeployEndpointRole", "logs:CreateLogDelivery"): LOG_DELIVERY,
    ("DeployEndpointRole", "logs:DeleteLogDelivery"): LOG_DELIVERY,
    ("DeployEndpointRole", "logs:DescribeLogGroups"): LOG_DELIVERY,
    ("DeployEndpointRole", "logs:DescribeResourcePolicies"): LOG_DELIVERY,
    ("DeployEndpointRole", "logs:GetLogDelivery"): LOG_DELIVERY,
    ("DeployEndpointRole", "logs:ListLogDeliveries"): LOG_DELIVERY,
    ("DeployEndpointRole", "logs:PutResourcePolicy"): LOG_DELIVERY,
    ("DeployEndpointRole", "logs:UpdateLogDelivery"): LOG_DELIVERY,
    ("DeployEndpointRole", "xray:GetSamplingRules"): TRACES,
    ("DeployEndpointRole", "xray:GetSamplingTargets"): TRACES,
    ("DeployEndpointRole", "xray:PutTelemetryRecords"): TRACES,
    ("DeployEndpointRole", "xray:PutTraceSegments"): TRACES,
    ("TransformBatchRole", "logs:CreateLogDelivery"): LOG_DELIVERY,
    ("TransformBatchRole", "logs:DeleteLogDelivery"): LOG_DELIVERY,
    ("TransformBatchRole", "logs:DescribeLogGroups"): LOG_DELIVERY,
    ("TransformBatchRole", "logs:DescribeResourcePolicies"): LOG_DELIVERY,
    ("TransformBatchRole", "logs:GetLogDelivery"): LOG_DELIVERY,
    ("TransformBatchRole", "logs:ListLogDeliveries"): LOG_DELIVERY,
    ("TransformBatchRole", "logs:PutResourcePolicy"): LOG_DELIVERY,
    ("TransformBatchRole", "logs:UpdateLogDelivery"): LOG_DELIVERY,
    ("TransformBatchRole", "xray:GetSamplingRules"): TRACES,
    ("TransformBatchRole", "xray:GetSamplingTargets"): TRACES,
    ("TransformBatchRole", "xray:PutTelemetryRecords"): TRACES,
    ("TransformBatchRole", "xray:PutTraceSegments"): TRACES,
    ("RollOutRole", "logs:CreateLogDelivery"): LOG_DELIVERY,
    ("RollOutRole", "logs:DeleteLogDelivery"): LOG_DELIVERY,
    ("RollOutRole", "logs:DescribeLogGroups"): LOG_DELIVERY,
    ("RollOutRole", "logs:DescribeResourcePolicies"): LOG_DELIVERY,
    ("RollOutRole", "logs:GetLogDelivery"): LOG_DELIVERY,
    ("RollOutRole", "logs:ListLogDeliveries"): LOG_DELIVERY,
    ("RollOutRole", "logs:PutResourcePolicy"): LOG_DELIVERY,
    ("RollOutRole", "logs:UpdateLogDelivery"): LOG_DELIVERY,
    ("RollOutRole", "xray:GetSamplingRules"): TRACES,
    ("RollOutRole", "xray:GetSamplingTargets"): TRACES,
    ("RollOutRole", "xray:PutTelemetryRecords"): TRACES,
    ("RollOutRole", "xray:PutTraceSegments"): TRACES,
    ("RollOutRole", "states:RedriveExecution"): MAPS,
    ("RollOutRole", "states:DescribeExecution"): MAPS,
    ("RollOutRole", "states:StopExecution"): MAPS,
    ("RollOutRole", "events:DescribeRule"): NESTED,
    ("RollOutRole", "events:PutRule"): NESTED,
    ("RollOutRole", "events:PutTargets"): NESTED,
    ("RollOutRole", "s3:AbortMultipartUpload"): MAPS,
    ("RollOutRole", "s3:ListMultipartUploadParts"): MAPS,
    ("IdleCleanupScheduleRole", "sqs:SendMessage"): DEAD_LETTERS,
    ("TransformBatchScheduleRole", "sqs:SendMessage"): DEAD_LETTERS,
    ("RecordOutcomeFunctionRole", "sqs:SendMessage"): DEAD_LETTERS,
    ("WriteMissingResultFunctionRole", "sqs:SendMessage"): DEAD_LETTERS,
    ("StopUnfinishedTransformFunctionRole", "sqs:SendMessage"): DEAD_LETTERS,
    ("StartTriggeredDeploymentFunctionRole", "sqs:SendMessage"): DEAD_LETTERS,
    ("DeleteIdleEndpointsFunctionRole", "sqs:SendMessage"): DEAD_LETTERS,
}
# AWS's own policies that SAM attaches, and why.
MANAGED: Mapping[str, str] = {
    "AWSLambdaBasicExecutionRole": "the function's own logs (Lambda developer guide, execution role)",
    "AWSXrayWriteOnlyAccess": "traces, because `Tracing: Active` (SAM specification, AWS::Serverless::Function)",
}
