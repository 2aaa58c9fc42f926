"""Looking into archives: what is sound, and the name of what is not."""

from __future__ import annotations

import io
import tarfile

import pytest

from slipway.errors import (
    ArtifactEmpty,
    ArtifactHasLfsPointers,
    ArtifactNotGzip,
    ArtifactNotTar,
    ArtifactPathUnsafe,
    ArtifactRefused,
    ArtifactTruncated,
)
from slipway.preflight.archive import inspect_archive
from tests.fakes.archives import gzipped, link, tar_gz, tar_of, tar_of_files

WAYS_OUT = ("../evil", "/etc/passwd", "a/../../evil", "..", "./../evil", "//etc/passwd", "a/b/../../../evil")
SMALL = {"model.joblib": b"m" * 700, "code/inference.py": b"def model_fn(model_dir): ..."}
DIRECTORY = link("model", "", tarfile.DIRTYPE)


def refusal(content: bytes) -> ArtifactRefused:
    with pytest.raises(ArtifactRefused) as caught:
        inspect_archive(io.BytesIO(content))
    return caught.value


def refusal_of_members(*members: tuple[tarfile.TarInfo, bytes]) -> ArtifactRefused:
    return refusal(gzipped(tar_of([(tarfile.TarInfo("model.joblib"), b"m"), *members])))


def test_a_sound_archive_is_reported() -> None:
    report = inspect_archive(io.BytesIO(tar_gz(SMALL)))

    assert (report.complete, report.members, report.files) == (True, 2, 2)
    assert report.unpacked_size == sum(map(len, SMALL.values()))


@pytest.mark.parametrize("format_", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_tar_format_is_read(format_: int) -> None:
    long_name = "/".join(["directory" * 5] * 3) + "/model.joblib"
    content = gzipped(tar_of([(tarfile.TarInfo(long_name), b"m")], format_))

    assert inspect_archive(io.BytesIO(content)).files == 1


def test_several_gzip_members_are_one_archive() -> None:
    tar = tar_of_files(SMALL)

    assert inspect_archive(io.BytesIO(gzipped(tar[:700]) + gzipped(tar[700:]))).files == 2


@pytest.mark.parametrize("zeros", [1, 512, 600_000])
def test_zeros_after_the_gzip_data_are_padding(zeros: int) -> None:
    assert inspect_archive(io.BytesIO(tar_gz(SMALL) + bytes(zeros))).complete


def test_directories_and_hard_links_inside_are_accepted() -> None:
    weights = (tarfile.TarInfo("model/weights.bin"), b"w")
    members = [DIRECTORY, weights, link("hard", "model/weights.bin", tarfile.LNKTYPE)]

    assert inspect_archive(io.BytesIO(gzipped(tar_of(members)))).members == 3


def test_a_symbolic_link_within_is_refused_because_sagemaker_cannot_unpack_it() -> None:
    assert str(refusal_of_members(link("latest", "model.joblib"))) == (
        "The archive's member latest is a symbolic link, which SageMaker cannot unpack: "
        "pack the files themselves, with tar -czhf model.tar.gz -C <model directory> ."
    )


@pytest.mark.parametrize("name", WAYS_OUT)
def test_a_member_outside_the_model_directory_is_refused(name: str) -> None:
    refused = refusal_of_members((tarfile.TarInfo(name), b""))

    assert isinstance(refused, ArtifactPathUnsafe)
    assert str(refused) == (
        f"The archive's member {name} would be unpacked outside the model directory: "
        "pack paths that stay inside it, with tar -C <model directory> ."
    )


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
@pytest.mark.parametrize("target", WAYS_OUT)
def test_a_link_that_leads_outside_is_refused(target: str, kind: bytes) -> None:
    assert isinstance(refusal_of_members(link("innocent", target, kind)), ArtifactPathUnsafe)


def test_a_symbolic_link_is_resolved_from_its_own_directory() -> None:
    assert isinstance(refusal_of_members(link("a/b", "../../evil")), ArtifactPathUnsafe)
    assert not isinstance(refusal_of_members(link("a/b", "../model.joblib")), ArtifactPathUnsafe)


def test_a_member_beneath_a_symbolic_link_is_refused() -> None:
    chain = (link("a/up", ".."), link("b", "a/up/.."), (tarfile.TarInfo("b/evil"), b""))

    assert str(refusal_of_members(*chain)) == (
        "The archive's member b/evil would be unpacked through a symbolic link: pack it under its own path."
    )


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_a_device_is_refused(kind: bytes) -> None:
    member = tarfile.TarInfo("device")
    member.type = kind

    assert str(refusal_of_members((member, b""))) == (
        "The archive's member device is a device: pack files and directories only."
    )


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        (b"", ArtifactEmpty, "The archive is empty (0 bytes): upload a .tar.gz of the model's files."),
        (gzipped(b""), ArtifactEmpty, "The archive holds no file: pack the model's files into it."),
        (gzipped(tar_of([DIRECTORY])), ArtifactEmpty, "The archive holds no file: pack the model's files into it."),
        (gzipped(tar_of([])), ArtifactEmpty, "The archive holds no file: pack the model's files into it."),
        (
            tar_of_files(SMALL),
            ArtifactNotGzip,
            "The archive is not gzip-compressed (it begins with b'mode'): "
            "make it with tar -czf model.tar.gz -C <model directory> .",
        ),
        (
            tar_gz(SMALL) + b"garbage",
            ArtifactTruncated,
            "The archive's gzip data is damaged (Error -3 while decompressing data: incorrect header check): "
            "make it again and upload it.",
        ),
    ],
    ids=["0 bytes", "nothing gzipped", "a directory", "no member", "tar without gzip", "garbage after it"],
)
def test_an_invalid_archive_is_refused_in_one_sentence(
    content: bytes, error: type[ArtifactRefused], sentence: str
) -> None:
    refused = refusal(content)

    assert (type(refused), str(refused)) == (error, sentence)


@pytest.mark.parametrize("content", [b"just text", b"t" * 2000, gzipped(tar_of_files(SMALL))], ids=len)
def test_gzip_of_something_else_is_no_tar(content: bytes) -> None:
    refused = refusal(gzipped(content))

    assert isinstance(refused, ArtifactNotTar)
    assert str(refused).startswith("What the gzip holds is not a tar archive (")
    assert str(refused).endswith("): make it with tar -czf model.tar.gz -C <model directory> .")


@pytest.mark.parametrize("name", ["model.safetensors", "a/deep/tokenizer.json"])
def test_a_git_lfs_pointer_is_refused(name: str) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4665a5ea4f\nsize 134217728\n"

    with pytest.raises(ArtifactHasLfsPointers, match=f"{name} is a Git LFS pointer"):
        inspect_archive(io.BytesIO(tar_gz({"config.json": b"{}", name: pointer})))


@pytest.mark.parametrize("content", [b"version https://example.org", b"the version https://git-lfs.github.com/spec/v1"])
def test_a_small_file_that_is_no_pointer_is_taken(content: bytes) -> None:
    assert inspect_archive(io.BytesIO(tar_gz({"notes.txt": content}))).files == 1
