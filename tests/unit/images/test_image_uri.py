"""An ImageUri given explicitly: its shape, its partition's DNS suffix, its region."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.images import ImageUri, check_image_uri, parse_image_uri, private_registry_of
from slipway.images.errors import ImageRegionMismatch, ImageUriInvalid
from slipway.images.partitions import registry_host

DIGEST = "sha256:" + "0123456789abcdef" * 4
HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("path", "repository", "tag", "digest"),
    [
        ("my-model:1", "my-model", "1", None),
        ("team/my_model.gpu:v1.2-rc_3", "team/my_model.gpu", "v1.2-rc_3", None),
        (f"my-model@{DIGEST}", "my-model", None, DIGEST),
        (f"my-model:1@{DIGEST}", "my-model", "1", DIGEST),
    ],
)
def test_an_image_is_named_by_tag_or_digest(path: str, repository: str, tag: str | None, digest: str | None) -> None:
    assert parse_image_uri(f"{HOST}/{path}") == ImageUri("123456789012", "eu-west-1", repository, tag, digest)


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        (f"{HOST}/my-model", "has neither tag nor digest"),
        (f"{HOST}/my-model:", "is not an image in Amazon ECR"),
        (f"{HOST}/my-model@sha256:12", "is not an image in Amazon ECR"),
        (f"{HOST}/My-Model:1", "is not an image in Amazon ECR"),
        (f"{HOST}/my-model:1\n", "is not an image in Amazon ECR"),
        (f"https://{HOST}/my-model:1", "write <account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>"),
        ("docker.io/library/python:3.11", "is not an image in Amazon ECR"),
        ("1234.dkr.ecr.eu-west-1.amazonaws.com/a:1", "is not an image in Amazon ECR"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com/a:1", "in cn-north-1 it is amazonaws.com.cn"),
        ("123456789012.dkr.ecr.eu-west-1.example.com/a:1", "in eu-west-1 it is amazonaws.com"),
        ("", "is not an image in Amazon ECR"),
    ],
)
def test_an_invalid_uri_is_refused_with_the_valid_form(uri: str, says: str) -> None:
    with pytest.raises(ImageUriInvalid) as refusal:
        parse_image_uri(uri)

    assert says in str(refusal.value)


def test_an_image_of_the_endpoints_region_passes() -> None:
    assert check_image_uri(f"{HOST}/my-model:1", "eu-west-1").tag == "1"


def test_a_registry_of_another_region_is_refused_with_the_reason() -> None:
    with pytest.raises(ImageRegionMismatch, match="is in eu-west-1, and SageMaker in us-east-1 pulls no image across"):
        check_image_uri(f"{HOST}/my-model:1", "us-east-1")


@given(
    account=st.from_regex(r"[0-9]{12}", fullmatch=True),
    region=st.sampled_from(["us-east-1", "cn-north-1", "us-gov-west-1", "us-iso-west-1", "eusc-de-east-1"]),
    repository=st.from_regex(r"[a-z0-9]{1,9}(?:[._/-][a-z0-9]{1,9}){0,3}", fullmatch=True),
    tag=st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,30}", fullmatch=True),
)
def test_a_composed_uri_is_parsed_back_to_its_parts(account: str, region: str, repository: str, tag: str) -> None:
    uri = f"{registry_host(account, region)}/{repository}:{tag}"

    assert check_image_uri(uri, region) == ImageUri(account, region, repository, tag, None)


@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with pytest.raises(ImageUriInvalid):
        parse_image_uri(text)


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("registry.example.com/server:1", "registry.example.com"),
        (f"registry.example.com:5000/team/server@{DIGEST}", "registry.example.com:5000"),
        ("registry.example.com/server", None),
        ("server:1", None),
        ("https://registry.example.com/server:1", None),
    ],
)
def test_a_private_image_is_named_with_its_host(uri: str, host: str | None) -> None:
    if host is not None:
        assert private_registry_of(uri) == host
        return
    with pytest.raises(ImageUriInvalid, match="is not an image of a private registry"):
        private_registry_of(uri)
