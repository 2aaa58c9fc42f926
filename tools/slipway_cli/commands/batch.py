"""`slipway batch`: run a model over a data set as a transform job, follow it, and get its outputs."""

from __future__ import annotations

import functools
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from slipway.batch.plan_transform import DEADLINE_MINUTES, name_stem
from slipway_cli.deployment_input import document_of, image_options, pair
from slipway_cli.options import json_option, target_options
from slipway_cli.output.failures import FAILED, Interrupted, failure_of, user_errors
from slipway_cli.output.outcome_view import failure_rows, print_labelled
from slipway_cli.output.tables import age, print_json, print_table
from slipway_cli.output.terminal import console, plain
from slipway_cli.sdk.durations import length
from slipway_cli.sdk.target import Target, TargetChoice, find_target
from slipway_cli.sdk.transform_input import INSTANCE_TYPE, TransformRequest, transform_request
from slipway_cli.sdk.transforms import Transform, Transforms, price_of

PAUSE = 5.0  # seconds between polls
SHOWN = 0.0001  # US dollars
LISTED = 10
WAIT_HELP = "Wait for its end; exit code 1 if it fails."

named_argument = click.argument("named", metavar="JOB|EXECUTION")


@click.group("batch", epilog="Example: slipway batch start model/ --data rows/ --framework sklearn --wait")
def command() -> None:
    """Run a model over a data set as a transform job, without an endpoint."""


@command.command("start", epilog="Example: slipway batch start model/ --data rows/ --framework sklearn --wait")
@click.argument("model", metavar="[FILE|FOLDER|s3://...]", required=False)
@click.option("--data", help="File, folder or s3:// prefix with the objects to transform.")
@click.option("--output", help="s3:// prefix of the outputs (default: inference/ of the model bucket).")
@click.option("--content-type", help="Content type of the objects (default: by their suffix, of local ones).")
@click.option("--name", help="Name of the job (TransformJobName; default: made from the content).")
@image_options
@click.option("--instance-type", help=f"Instance type (default: {INSTANCE_TYPE}).")
@click.option("--instance-count", type=int, help="Number of instances (default: 1).")
@click.option(
    "--env", type=pair, metavar="KEY=VALUE", multiple=True, help="Environment variable of the container; repeatable."
)
@click.option("--tag", type=pair, metavar="KEY=VALUE", multiple=True, help="Tag of job and model; can be repeated.")
@click.option("--deadline", type=int, help="Minutes that the job may take (default: 480).")
@click.option(
    "--input",
    "input_file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help="JSON file with fields of the input; - is standard input.",
)
@click.option("--wait", is_flag=True, help=WAIT_HELP)
@click.option("--dry-run", is_flag=True, help="Check everything and show image and price; upload and start nothing.")
@target_options
@json_option
@click.pass_context
def start(
    ctx: click.Context,
    /,
    model: str | None,
    wait: bool,
    dry_run: bool,
    choice: TargetChoice,
    as_json: bool,
    **fields: Any,
) -> None:
    """Transform a data set with a model.

    Both are in S3, or local ones, which are uploaded. Flags override the fields of --input, which has all that there
    are. Lines are the records of CSV and JSON Lines. Started again with the same model and data, it finds the job that
    it started first.
    """
    target = find_target(choice)
    with tempfile.TemporaryDirectory(prefix="slipway-batch-") as folder:
        request = transform_request(_document(model, fields), Path(folder), model, fields["data"])
        image = request.image(target.region)
        if dry_run:
            _print_dry_run(request, image, as_json=as_json)
            return
        document = request.uploaded(target)
    arn = Transforms(target).start(document, name_stem(document), datetime.now(UTC))
    name = arn.rpartition(":")[2]
    if wait:
        _finish(ctx, target, choice, arn, as_json=as_json)
    elif as_json:
        print_json({"Execution": arn, "Name": name, "Input": document, "EstimatedCost": _price(document)})
    else:
        click.echo(f"Started {name}")
        click.echo(_price_line(document), err=True)
        click.echo(f"Follow it with: slipway batch status {name} --wait{choice.flags}", err=True)


@command.command("status", epilog="Example: slipway batch status digits-3f2a --wait")
@click.argument("named", metavar="[JOB|EXECUTION]", required=False)
@click.option("--wait", is_flag=True, help=WAIT_HELP)
@click.option(
    "--limit", default=LISTED, show_default=True, type=click.IntRange(1, 200), help="Number of executions in the list."
)
@target_options
@json_option
@click.pass_context
def status(ctx: click.Context, named: str | None, wait: bool, limit: int, choice: TargetChoice, as_json: bool) -> None:
    """Show how far a transform job is and what it costs. Without a name, list the newest ones."""
    if named is None and wait:
        raise click.UsageError("Pass a job or an execution.")
    target = find_target(choice)
    transforms = Transforms(target)
    if named is None:
        _print_list(transforms, limit, as_json=as_json)
    elif wait:
        _finish(ctx, target, choice, transforms.find(named), as_json=as_json)
    else:
        _print(transforms.read(named), as_json=as_json)


@command.command("stop", epilog="Example: slipway batch stop digits-3f2a")
@named_argument
@target_options
@json_option
def stop(named: str, choice: TargetChoice, as_json: bool) -> None:
    """Stop an execution and its transform job. It stores no output then."""
    transforms = Transforms(find_target(choice))
    transform = transforms.read(named)
    stopped = transforms.stop(transform)
    if as_json:
        print_json({"Name": transform.name, "Stopped": stopped})
        return
    for one in stopped:
        click.echo(f"Stopped: {one}")
    if not stopped:
        click.echo(f"Nothing to stop: {transform.name} ended as {transform.execution.outcome}.")


@command.command("explain", epilog="Example: slipway batch explain digits-3f2a")
@named_argument
@target_options
@json_option
def explain(named: str, choice: TargetChoice, as_json: bool) -> None:
    """Say why a transform job failed, and what to do. With the lines of its log."""
    transform = Transforms(find_target(choice)).read(named)
    explanation = transform.execution.explanation
    if as_json:
        print_json({"Name": transform.name, "Explanation": dict(explanation) or None})
    elif explanation:
        console().print(plain(f"{explanation['Error']}: the transform job {transform.name} failed"))
        print_labelled(console(), failure_rows(explanation))
    else:
        click.echo(f"Nothing to explain: {transform.name} is {transform.execution.outcome}.")


@command.command("download", epilog="Example: slipway batch download digits-3f2a results/")
@named_argument
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@target_options
@json_option
def download(named: str, folder: Path, choice: TargetChoice, as_json: bool) -> None:
    """Write the outputs of a transform job into a folder.

    Each has its key below the output's prefix. Of a job that failed, these are the outputs of the objects that were
    transformed.
    """
    transforms = Transforms(find_target(choice))
    transform = transforms.read(named)
    files = []
    for file in transforms.download(transform, folder):
        files.append(str(file))
        if not as_json:
            click.echo(file)
    if as_json:
        print_json({"Name": transform.name, "Files": files})


def _document(model: str | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that were given, in a file or as flags. Raises `InputNotAnObject` or `UsageError`."""
    flags = {**fields, "name": None, "instance_type": None, "instance_count": None}
    document = document_of(model, flags)
    if fields["name"]:
        document["TransformJobName"] = fields["name"]
    if fields["output"]:
        document["TransformOutput"] = {**document.get("TransformOutput", {}), "S3OutputPath": fields["output"]}
    if fields["content_type"]:
        document["TransformInput"] = {**document.get("TransformInput", {}), "ContentType": fields["content_type"]}
    instances = {"InstanceType": fields["instance_type"], "InstanceCount": fields["instance_count"]}
    if wanted := {name: value for name, value in instances.items() if value is not None}:
        document["TransformResources"] = {**document.get("TransformResources", {}), **wanted}
    if model is None and not document:
        raise click.UsageError("Pass a model and its --data, or an --input.")
    return document


def _finish(ctx: click.Context, target: Target, choice: TargetChoice, arn: str, *, as_json: bool) -> None:
    """Follow an execution to its end, print what it became, and exit."""
    transform = _follow(target, choice, arn, console(err=as_json))
    _print(transform, as_json=as_json)
    if transform.execution.output and not as_json:
        click.echo(
            f"Get its outputs with: slipway batch download {transform.job_name} results/{choice.flags}", err=True
        )
    ctx.exit(FAILED if transform.execution.explanation else 0)


def _follow(target: Target, choice: TargetChoice, arn: str, screen: Console) -> Transform:
    pause = functools.partial(time.sleep, target.pause(PAUSE))
    come_back = f"slipway batch status {arn.rpartition(':')[2]} --wait{choice.flags}"
    shown = ""
    try:
        for transform in Transforms(target).watch(arn, pause):
            line = transform.progress
            if line != shown:
                screen.print(plain(f"{length(transform.execution.seconds()):>12}  {line}"))
            shown = line
    except KeyboardInterrupt as interrupt:
        raise Interrupted(f"The job continues. Watch it again with: {come_back}") from interrupt
    except user_errors() as error:
        failure = failure_of(error)
        said = f"{failure.message} The job continues. Watch it again with: {come_back}"
        raise type(failure)(failure.name, said) from error
    return transform


def _document_of(transform: Transform) -> dict[str, Any]:
    execution = transform.execution
    return {
        "TransformJobName": transform.job_name or None,
        "Status": transform.job.get("TransformJobStatus"),
        "Execution": execution.arn,
        "Outcome": execution.outcome,
        "Objects": transform.objects,
        "ObjectsDone": transform.done,
        "OutputUrl": transform.output_url,
        "EstimatedCost": transform.cost(),
        "StartedAt": execution.started,
        **({"EndedAt": execution.stopped} if execution.stopped else {}),
        "Output": dict(execution.output) or None,
        "Explanation": dict(execution.explanation) or None,
    }


def _print(transform: Transform, *, as_json: bool) -> None:
    if as_json:
        print_json(_document_of(transform))
        return
    screen = console()
    screen.print(plain(f"{transform.progress}  {length(transform.execution.seconds())}", "bold"))
    print_labelled(screen, _rows(transform))


def _rows(transform: Transform) -> Iterator[tuple[str, str]]:
    if transform.job_name:
        yield "Job", transform.job_name
    yield "Execution", transform.execution.name
    yield from failure_rows(transform.execution.explanation) if transform.execution.explanation else ()
    if transform.execution.output:
        yield "Output", transform.output_url
    cost = transform.cost()
    if cost and cost["Job"] is not None:
        job = f"about ${cost['Job']:.4f}" if cost["Job"] >= SHOWN else f"less than ${SHOWN:.4f}"
        yield "Cost", f"{job}, at ${cost['PerHour']:.3f} an hour; {_beside(cost)}"
    elif cost:
        yield "Cost", f"about ${cost['PerHour']:.3f} an hour while it runs; {_beside(cost)}"


def _beside(cost: Mapping[str, Any]) -> str:
    return (
        f"an endpoint on the same instances costs ${cost['EndpointPerMonth']:,.2f} a month (prices: {cost['Prices']})"
    )


def _price(document: Mapping[str, Any]) -> dict[str, Any] | None:
    price = price_of(document["TransformResources"])
    if price is None:
        return None
    # A job is stopped at its deadline.
    hours = document.get("DeadlineMinutes", DEADLINE_MINUTES) / 60
    return {**price, "JobAtMost": round(price["PerHour"] * hours, 2)}


def _price_line(document: Mapping[str, Any]) -> str:
    cost = _price(document)
    if cost is None:
        return "Its cost is unknown: no price for this instance type."
    return (
        f"It costs about ${cost['PerHour']:.3f} an hour while it runs, and at most ${cost['JobAtMost']:.2f} until its "
        f"deadline; {_beside(cost)}"
    )


def _print_dry_run(request: TransformRequest, image: str | None, *, as_json: bool) -> None:
    document = request.document
    uploads = [str(one) for one in (request.data.files.values() if request.data else ())]
    if as_json:
        archive = str(request.archive.file) if request.archive else None
        print_json(
            {
                "Input": document,
                "Archive": archive,
                "Data": uploads,
                "ImageUri": image,
                "EstimatedCost": _price(document),
            }
        )
        return
    resources = document["TransformResources"]
    source = document["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
    rows = [
        ("Data", f"{len(uploads)} file{'' if len(uploads) == 1 else 's'}, to be uploaded" if uploads else source),
        ("Image", image or "the stack's default framework"),
        ("Instances", f"{resources['InstanceType']} x {resources['InstanceCount']}"),
        ("Cost", _price_line(document)),
        ("Note", "Nothing was uploaded or started. Quotas and the stack's own limits are checked by the workflow."),
    ]
    print_labelled(console(), rows)


def _print_list(transforms: Transforms, limit: int, *, as_json: bool) -> None:
    found = list(islice(transforms.newest(limit), limit))
    if as_json:
        print_json([_document_of(Transform(one)) for one in found])
        return
    if not found:
        click.echo("No transform job has been started yet: `slipway batch start MODEL --data FOLDER` does.")
        return
    now = datetime.now(UTC)
    rows: Iterable[tuple[str, ...]] = [
        (
            str(one.output.get("TransformJobName") or "-"),
            str(one.explanation.get("Error") or one.outcome),
            length(one.seconds(now)),
            f"{age(now - one.started)} ago",
            one.name,
        )
        for one in found
    ]
    print_table(("JOB", "OUTCOME", "TOOK", "STARTED", "EXECUTION"), rows, right=("TOOK",))
