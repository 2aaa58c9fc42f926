"""The JSON Schemas of fields that are not SageMaker's."""

from __future__ import annotations

from typing import Any

S3_MODEL: dict[str, Any] = {
    "type": "string",
    "maxLength": 1024,
    "pattern": r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^\x00-\x1f\x7f]+(?:\.tar\.gz|/)$",
}
# SageMaker's shape, of which Slipway writes ETag itself. What a manifest has to hold is not documented.
MODEL_DATA_SOURCE: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["S3DataSource"],
    "properties": {
        "S3DataSource": {
            "type": "object",
            "additionalProperties": False,
            "required": ["S3Uri", "S3DataType", "CompressionType"],
            "properties": {
                "S3Uri": {
                    **S3_MODEL,
                    "x-expects": "an s3:// URI of one .tar.gz object, or of a prefix that ends with /",
                },
                "S3DataType": {"type": "string", "enum": ["S3Prefix", "S3Object"]},
                "CompressionType": {"type": "string", "enum": ["None", "Gzip"]},
                "ModelAccessConfig": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["AcceptEula"],
                    "properties": {
                        "AcceptEula": {
                            "type": "boolean",
                            "description": "That the model's end-user license agreement is accepted",
                        }
                    },
                },
            },
        }
    },
}
ADDITIONAL_MODEL_DATA_SOURCES: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "maxItems": 5,
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["ChannelName", "S3DataSource"],
        "properties": {
            "ChannelName": {
                "type": "string",
                "minLength": 1,
                "maxLength": 64,
                "pattern": r"^[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*$",
                "description": "The folder below /opt/ml/additional-model-data-sources/ that it is stored in",
                "x-expects": "letters, digits and . _ -, and not only dots",
            },
            **MODEL_DATA_SOURCE["properties"],
        },
    },
}
VERSION: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 64,
    "pattern": r"^[A-Za-z0-9][A-Za-z0-9._+-]*$",
}
FRAMEWORK: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[a-z0-9][a-z0-9._-]*$"}
# Members of ours in shapes of SageMaker's.
ADDED: dict[str, dict[str, Any]] = {
    "DeploymentConfig": {
        "ManagedAlarms": {
            "type": "boolean",
            "description": "Whether alarms are created for the endpoint: errors as a ratio, and latency",
        }
    }
}
MEDIA_TYPE: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 1024,
    "pattern": r"^[\x21-\x7e][\x20-\x7e]*$",
}
MILLISECONDS: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 60_000}
SAMPLE: dict[str, Any] = {
    "PayloadUrl": {
        "type": "string",
        "maxLength": 1100,
        "pattern": r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+$",
        "description": "The object that is sent as it is",
        "x-expects": "an s3:// URI of one object",
    },
    "ContentType": {
        **MEDIA_TYPE,
        "description": "The payload's media type",
        "x-expects": "a media type such as application/json, in printable ASCII characters",
    },
    "Accept": {
        **MEDIA_TYPE,
        "description": "The media type to answer with",
        "x-expects": "a media type such as application/json, in printable ASCII characters",
    },
    "TargetContainerHostname": {
        "type": "string",
        "minLength": 1,
        "maxLength": 63,
        "description": "Which of several containers is invoked directly",
    },
    "TargetModel": {
        "type": "string",
        "minLength": 1,
        "maxLength": 1024,
        "pattern": r"^[\x21-\x7e][\x20-\x7e]*$",
        "description": "Which archive below the prefix of a multi-model endpoint is invoked",
        "x-expects": "the key of an archive without the prefix, in printable ASCII characters",
    },
    "Expect": {
        "type": "object",
        "additionalProperties": False,
        "description": "What the answer has to be: one of Json, Regex, Schema, Sha256 and Size",
        "properties": {  # contract/smoke_test.py checks that there is one
            "Json": {"description": "The answer as JSON"},
            "Match": {
                "type": "string",
                "enum": ["Equal", "Subset"],
                "description": "Whether objects of the answer may have further members",
            },
            "Tolerance": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "description": "By how much a number can differ, absolutely or relative to its size (default: 0)",
            },
            "Regex": {
                "type": "string",
                "minLength": 1,
                "maxLength": 1024,
                "description": "A Python regular expression that is found in the answer's text",
            },
            "Schema": {"type": "object", "description": "A JSON Schema (draft 7) that the answer keeps"},
            "Sha256": {
                "type": "string",
                "pattern": "^[0-9a-f]{64}$",
                "description": "The SHA-256 of the answer's bytes",
                "x-expects": "64 hexadecimal digits in lower case",
            },
            "Size": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "description": "The answer's bytes"},
        },
    },
    "MaxLatencyMs": {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "description": "How long an answer may take at most, in milliseconds, measured with 20 invocations",
        "properties": {
            "Median": {**MILLISECONDS, "description": "The median"},
            "P95": {**MILLISECONDS, "description": "The 95th percentile"},
        },
    },
}
SMOKE_TEST: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {  # PayloadUrl and ContentType, or Samples: contract/smoke_test.py checks that
        "Stage": {
            "type": "string",
            "enum": ["BeforeTraffic", "AfterTraffic"],
            "description": "Before the update, on an endpoint of its own (the default), or once it is InService",
        },
        **SAMPLE,
        "Samples": {
            "type": "array",
            "minItems": 1,
            "maxItems": 20,
            "description": "Several samples, instead of one",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["PayloadUrl", "ContentType"],
                "properties": {
                    "Name": {
                        "type": "string",
                        "pattern": "^[A-Za-z0-9._-]{1,64}$",
                        "description": "The sample's name in the outcome (default: the last part of its key)",
                        "x-expects": "at most 64 letters, digits, dots, hyphens and underscores",
                    },
                    **SAMPLE,
                },
            },
        },
    },
}
TRAFFIC_ANALYSIS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "Minutes": {
            "type": "integer",
            "minimum": 1,
            "maximum": 30,
            "description": "For how many minutes the new version serves before it is compared (default: 10)",
        },
        "MinInvocations": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1_000_000,
            "description": "How many invocations of each version make the comparison conclusive (default: 50)",
        },
        "OnInconclusive": {
            "type": "string",
            "enum": ["Warn", "Fail"],
            "description": "Whether too few invocations are a warning (the default), or as bad as worse metrics",
        },
    },
}
# As far back as idle cleanup looks (slipway.cleanup.policy).
IDLE_AFTER_MINUTES: dict[str, Any] = {"type": "integer", "minimum": 20, "maximum": 43200}
AT_LEAST_ONE: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
ZERO_OR_MORE: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
AUTO_SCALING: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {  # contract/scaling.py checks which go together
        "MinCapacity": {**ZERO_OR_MORE, "description": "The fewest instances; 0 of an asynchronous endpoint only"},
        "MaxCapacity": {**AT_LEAST_ONE, "description": "The most instances"},
        "TargetInvocationsPerInstance": {
            **AT_LEAST_ONE,
            "description": "The invocations a minute of each instance that more or fewer are started for",
        },
        "TargetBacklogPerInstance": {
            **AT_LEAST_ONE,
            "description": "The waiting requests of each instance of an asynchronous endpoint, instead",
        },
        "Schedules": {
            "type": "array",
            "minItems": 1,
            "maxItems": 10,
            "description": "When the bounds change, such as office hours",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["ScheduleExpression", "MinCapacity", "MaxCapacity"],
                "properties": {
                    "ScheduleExpression": {
                        "type": "string",
                        "maxLength": 100,
                        "pattern": r"^cron\((?:[A-Za-z0-9,*/#-]+ ){2}[A-Za-z0-9,*/?#-]+ [A-Za-z0-9,*/-]+ "
                        r"[A-Za-z0-9,*/?#-]+ [A-Za-z0-9,*/-]+\)$",
                        "description": "When the bounds begin to hold",
                        "x-expects": "minutes, hours, day of month, month, day of week and year, for example "
                        "cron(0 8 ? * MON-FRI *)",
                    },
                    "Timezone": {
                        "type": "string",
                        "pattern": "^[A-Za-z0-9_+/-]{1,50}$",
                        "description": "The expression's time zone (default: UTC)",
                        "x-expects": "a name of the IANA time zone database, for example Europe/Berlin",
                    },
                    "MinCapacity": ZERO_OR_MORE,
                    "MaxCapacity": AT_LEAST_ONE,
                },
            },
        },
    },
}
