"""What each field of the deployment input asks of which role, by AWS's documentation.

`docs/permissions.md` has the table, and tests/conventions/test_aws_permissions.py holds template.yaml to it. Sources:
"PS" is the Service Authorization Reference, "API" the API reference, "DG" the SageMaker AI developer guide by page
title, "AAS" the Application Auto Scaling user guide.
"""

from __future__ import annotations

from dataclasses import dataclass

ALWAYS = "always"

EXECUTION_ROLE = "ExecutionRole"
WORKFLOW_ROLE = "DeployEndpointRole"
ANY_DEPLOYMENT = "any deployment"


@dataclass(frozen=True)
class FieldPermission:
    """Actions that a role of the stack needs on a resource.

    `granted` is "always", or the parameter that grants them; `otherwise` is the error that refuses the field without
    it, or empty where nothing needs to be refused.
    """

    field: str
    role: str
    actions: tuple[str, ...]
    on: str
    source: str
    granted: str = ALWAYS
    otherwise: str = ""


ROLES_PAGE = 'DG "How to use SageMaker AI execution roles": CreateModel API'
PERMISSIONS_PAGE = 'PS "Actions, resources, and condition keys for Amazon SageMaker"'
ASYNC_PAGE = 'DG "Complete the prerequisites" (asynchronous inference)'
VPC_ACTIONS = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)

FIELD_PERMISSIONS = (
    # The calls themselves
    FieldPermission(
        ANY_DEPLOYMENT,
        "CreateModelFunction",
        ("sagemaker:CreateModel", "sagemaker:AddTags"),
        "model",
        PERMISSIONS_PAGE,
    ),
    FieldPermission(
        ANY_DEPLOYMENT,
        "CreateModelFunction",
        ("iam:PassRole",),
        "the stack's execution role",
        "API CreateModel.ExecutionRoleArn",
    ),
    FieldPermission(
        ANY_DEPLOYMENT,
        "CreateEndpointConfigFunction",
        ("sagemaker:CreateEndpointConfig", "sagemaker:AddTags"),
        "endpoint-config",
        PERMISSIONS_PAGE,
    ),
    FieldPermission(
        ANY_DEPLOYMENT,
        "CreateEndpointFunction",
        ("sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"),
        "endpoint and endpoint-config",
        PERMISSIONS_PAGE,
    ),
    FieldPermission(ANY_DEPLOYMENT, "CreateEndpointFunction", ("sagemaker:AddTags",), "endpoint", PERMISSIONS_PAGE),
    FieldPermission(
        ANY_DEPLOYMENT,
        EXECUTION_ROLE,
        (
            "cloudwatch:PutMetricData",
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
        ),
        "metrics, the endpoint's log group, the image",
        ROLES_PAGE,
    ),
    # Where the model comes from
    FieldPermission("ModelDataUrl", EXECUTION_ROLE, ("s3:GetObject", "s3:ListBucket"), "the archive", ROLES_PAGE),
    FieldPermission(
        "ModelDataUrl",
        "CreateModelFunction",
        ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"),
        "the archive and its copy",
        'S3 user guide "Required permissions for Amazon S3 API operations": CopyObject, UploadPartCopy',
    ),
    FieldPermission(
        "ModelDataUrl in another bucket",
        EXECUTION_ROLE,
        ("s3:GetObject", "s3:ListBucket"),
        "the archive",
        ROLES_PAGE,
        "SecondModelBucket",
        "ModelBucketNotAllowed",
    ),
    FieldPermission(
        "ModelDataUrl encrypted with a KMS key",
        EXECUTION_ROLE,
        ("kms:Decrypt",),
        "the bucket's key",
        ROLES_PAGE,
        "KmsKeyArn",
    ),
    FieldPermission(
        "TrainingJobName",
        "PlanDeploymentFunction",
        ("sagemaker:DescribeTrainingJob",),
        "training-job",
        PERMISSIONS_PAGE,
    ),
    FieldPermission(
        "ModelPackageArn",
        "PlanDeploymentFunction",
        ("sagemaker:DescribeModelPackage",),
        "model-package",
        PERMISSIONS_PAGE,
    ),
    FieldPermission(
        "ModelPackageArn",
        "CreateModelFunction",
        ("sagemaker:CreateModel",),
        "model-package",
        'DG "Deploy a Model Version from the Registry"',
    ),
    # What the model runs as, and where
    FieldPermission(
        "ExecutionRoleArn",
        "CreateModelFunction",
        ("iam:PassRole",),
        "the named role",
        "API CreateModel.ExecutionRoleArn",
        "AllowedExecutionRoles",
        "ExecutionRoleNotAllowed",
    ),
    FieldPermission("VpcConfig", EXECUTION_ROLE, VPC_ACTIONS, "*", ROLES_PAGE, "VpcModels", "VpcNotAllowed"),
    *(
        FieldPermission(
            "KmsKeyId",
            role,
            ("kms:CreateGrant",),
            "the key",
            f"{PERMISSIONS_PAGE}: CreateEndpoint; API CreateEndpointConfig.KmsKeyId",
            "AllowedKmsKeys",
            "KmsKeyNotAllowed",
        )
        for role in ("CreateEndpointFunction", "CreateCandidateFunction", "RestorePreviousConfigFunction")
    ),
    # What it writes
    FieldPermission(
        "AsyncInferenceConfig.OutputConfig.S3OutputPath, S3FailurePath",
        EXECUTION_ROLE,
        ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListBucket"),
        "inference/ of the model bucket",
        ASYNC_PAGE,
        otherwise="OutputNotAllowed",
    ),
    FieldPermission(
        "AsyncInferenceConfig.OutputConfig.KmsKeyId, DataCaptureConfig.KmsKeyId",
        EXECUTION_ROLE,
        ("kms:Encrypt", "kms:GenerateDataKey"),
        "the key",
        "API AsyncInferenceOutputConfig.KmsKeyId, DataCaptureConfig.KmsKeyId",
        "AllowedKmsKeys",
        "KmsKeyNotAllowed",
    ),
    FieldPermission(
        "DataCaptureConfig.DestinationS3Uri",
        EXECUTION_ROLE,
        ("s3:PutObject",),
        "inference/ of the model bucket",
        'DG "Capture data from real-time endpoint"',
        otherwise="OutputNotAllowed",
    ),
    FieldPermission(
        "CoreDumpConfig.DestinationS3Uri",
        EXECUTION_ROLE,
        ("s3:PutObject",),
        "inference/ of the model bucket",
        "API ProductionVariantCoreDumpConfig.DestinationS3Uri",
        otherwise="OutputNotAllowed",
    ),
    FieldPermission(
        "CoreDumpConfig.KmsKeyId",
        EXECUTION_ROLE,
        ("kms:Encrypt",),
        "the key",
        "API ProductionVariantCoreDumpConfig.KmsKeyId",
        "AllowedKmsKeys",
        "KmsKeyNotAllowed",
    ),
    FieldPermission(
        "AsyncInferenceConfig.OutputConfig.NotificationConfig",
        EXECUTION_ROLE,
        ("sns:Publish",),
        "the topics",
        'DG "Check prediction results" (asynchronous inference)',
        "AllowedExecutionRoles",
        "OutputNotAllowed",
    ),
    # What happens to the endpoint
    FieldPermission(
        "DeploymentConfig.AutoRollbackConfiguration",
        EXECUTION_ROLE,
        ("cloudwatch:DescribeAlarms",),
        "the alarms",
        'DG "Auto-Rollback Configuration and Monitoring"',
    ),
    FieldPermission(
        "DeploymentConfig.ManagedAlarms",
        "CreateAlarmsFunction",
        ("cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"),
        "the alarms",
        'PS "Actions, resources, and condition keys for Amazon CloudWatch"',
    ),
    FieldPermission(
        "InferenceComponents",
        "CreateEndpointConfigFunction",
        ("iam:PassRole",),
        "the execution role of the configuration",
        "API CreateEndpointConfig.ExecutionRoleArn",
    ),
    FieldPermission(
        "InferenceComponents",
        "DeployComponentsFunction",
        (
            "sagemaker:CreateInferenceComponent",
            "sagemaker:UpdateInferenceComponent",
            "sagemaker:UpdateInferenceComponentRuntimeConfig",
            "sagemaker:DeleteInferenceComponent",
            "sagemaker:AddTags",
        ),
        "inference-component, and endpoint for the first",
        PERMISSIONS_PAGE,
    ),
    FieldPermission(
        "AutoScaling",
        "ConfigureScalingFunction",
        (
            "application-autoscaling:RegisterScalableTarget",
            "application-autoscaling:PutScalingPolicy",
            "application-autoscaling:PutScheduledAction",
            "sagemaker:DescribeEndpoint",
            "sagemaker:DescribeEndpointConfig",
            "sagemaker:UpdateEndpointWeightsAndCapacities",
            "cloudwatch:PutMetricAlarm",
            "cloudwatch:DescribeAlarms",
            "cloudwatch:DeleteAlarms",
            "iam:CreateServiceLinkedRole",
        ),
        "scalable-target, endpoint, alarm, the service-linked role",
        'DG "Auto scaling prerequisites"; AAS "Permissions validation"',
    ),
    *(
        FieldPermission(
            "AutoScaling",
            role,
            ("application-autoscaling:DeregisterScalableTarget",),
            "scalable-target",
            'DG "Delete endpoints configured for automatic scaling"',
        )
        for role in ("CreateEndpointFunction", "RemoveFailedDeploymentFunction", "DeleteIdleEndpointsFunction")
    ),
    FieldPermission("SmokeTest", "SmokeTestFunction", ("sagemaker:InvokeEndpoint",), "endpoint", PERMISSIONS_PAGE),
    FieldPermission(
        "TrafficAnalysis",
        "AnalyzeTrafficFunction",
        ("sagemaker:DescribeEndpoint", "cloudwatch:GetMetricData"),
        "endpoint",
        'PS "Actions, resources, and condition keys for Amazon CloudWatch"',
    ),
    FieldPermission(
        "SmokeTest before traffic",
        "CreateCandidateFunction",
        ("sagemaker:CreateEndpoint", "sagemaker:CreateEndpointConfig", "sagemaker:AddTags"),
        "the candidate",
        PERMISSIONS_PAGE,
    ),
    FieldPermission(
        "SmokeTest before traffic",
        "RemoveCandidateFunction",
        ("sagemaker:DeleteEndpoint", "sagemaker:DeleteEndpointConfig"),
        "the candidate",
        PERMISSIONS_PAGE,
    ),
    FieldPermission("SmokeTest.PayloadUrl", "SmokeTestFunction", ("s3:GetObject",), "the payload", "S3 API GetObject"),
)
