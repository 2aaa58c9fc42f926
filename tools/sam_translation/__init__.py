"""The SAM template as plain CloudFormation: what the transform makes of it on AWS, without AWS."""
