"""The regular expressions of SageMaker's model in the words of error messages."""

from __future__ import annotations

import re

HYPHENS = "letters and digits, with hyphens only between them"
# By the pattern as botocore's model has it: what a value is that keeps it.
IN_WORDS = {
    r"(?!\s*$).+": "one line that is not only spaces",
    r".*": "one line",
    r"[\S\s]*": "text",
    r"[-0-9a-zA-Z]+": "letters, digits and hyphens",
    r"[a-zA-Z_][a-zA-Z0-9_]*": "letters, digits and underscores, not beginning with a digit",
    r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}": HYPHENS,
    r"[a-zA-Z0-9]([\-a-zA-Z0-9]*[a-zA-Z0-9])?": HYPHENS,
    r"[a-zA-Z0-9](-*[a-zA-Z0-9])*": HYPHENS,  # of InvokeEndpoint
    r"[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*": "letters and digits, with single hyphens only between them",
    r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)": "letters, digits, spaces and _ . : / = + - @",
    r"[a-zA-Z0-9](-*[a-zA-Z0-9])*\/[a-zA-Z0-9](-*[a-zA-Z0-9.])*": "a media type of letters, digits, hyphens and dots",
    r"[a-zA-Z0-9:/_-]*": "a key's ID, ARN or alias of letters, digits and : / _ -",
    r"(https|s3)://([^/])/?(.*)": "one line that begins with s3:// or https:// and a bucket",
    r"(https|s3)://([^/]+)/?(.*)": "one line that begins with s3:// or https:// and a bucket",
    r"arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+": "the ARN of a role",
    r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z0-9\-]{1,14}/.*": "an ARN of SageMaker",
    r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:model-package/[\S]{1,2048}": "the ARN of a model package",
    r"arn:aws[a-z\-]*:sns:[a-z0-9\-]*:[0-9]{12}:[a-zA-Z0-9_.-]+": "the ARN of an SNS topic",
}
# SageMaker's own sentence has the pattern with a ^ (aws/amazon-sagemaker-feedback issue 85).
BROKEN = re.compile(
    r"failed to satisfy constraint: Member must satisfy regular expression pattern: \^?(.+?)\$?(?=; Value '|$)"
)


def in_words(message: str) -> str:
    """Return a message of SageMaker's with each known pattern that a value breaks in words."""
    return BROKEN.sub(lambda found: f"must be {IN_WORDS[found[1]]}" if found[1] in IN_WORDS else found[0], message)
