"""One execution's states over time, as an SVG picture that reads on light and on dark ground."""

from __future__ import annotations

from datetime import datetime
from xml.sax.saxutils import escape

from slipway_cli.sdk.durations import clock, length
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.history import Step, Visit

# Pixels.
WIDTH, MARGIN, LABELS, NUMBERS = 960, 24, 190, 110
TOP, ROW, BAR, FOOT = 76, 26, 14, 44
NARROWEST = 2.0  # so that what took no time is seen
TICKS = 6  # about
NICE = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)  # seconds between ticks

STYLE = """
    svg { --ground: #ffffff; --text: #1f2430; --quiet: #667085; --line: #e4e7ec;
          --task: #2f6fde; --wait: #9aa7bd; --failed: #d03b3b; --retried: #e39a2d; --ended: #2a8a4a }
    @media (prefers-color-scheme: dark) {
      svg { --ground: #14171f; --text: #e8eaf0; --quiet: #98a2b3; --line: #2c3240;
            --task: #6b9cf5; --wait: #5d6880; --failed: #f07070; --retried: #f0b45a; --ended: #5fc484 } }
    text { font: 13px ui-sans-serif, system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; fill: var(--text) }
    .title { font-size: 17px; font-weight: 600 } .quiet { fill: var(--quiet) } .number { font-size: 12px }
    .ground { fill: var(--ground) } .grid { stroke: var(--line) }
    .task { fill: var(--task) } .wait { fill: var(--wait) } .failed { fill: var(--failed) }
    .retried { fill: var(--retried) } .ended { fill: var(--ended) }
    .label-failed { fill: var(--failed); font-weight: 600 }
"""


def timeline(execution: Execution, now: datetime) -> str:
    """Return the picture; `now` is where the bars of an execution that runs end."""
    steps, span = execution.steps, max(execution.seconds(now), 0.001)
    height = TOP + ROW * len(steps) + FOOT
    scale = (WIDTH - 2 * MARGIN - LABELS - NUMBERS) / span
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="{_text(_title(execution))}">',
        f"  <style>{STYLE}  </style>",
        f'  <rect class="ground" width="{WIDTH}" height="{height}" rx="8"/>',
        f'  <text class="title" x="{MARGIN}" y="34">{_text(_title(execution))}</text>',
        f'  <text class="quiet" x="{MARGIN}" y="56">{_text(_subtitle(execution))}</text>',
        *_grid(span, scale, height),
        *(line for row, step in enumerate(steps) for line in _row(execution, step, row, scale, now)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _title(execution: Execution) -> str:
    return f"{execution.endpoint_name or execution.name}: {execution.error or execution.outcome}"


def _subtitle(execution: Execution) -> str:
    return f"{execution.name}, started {execution.started:%Y-%m-%d %H:%M:%S %Z}".rstrip()


def _grid(span: float, scale: float, height: int) -> list[str]:
    between = next((step for step in NICE if span / step <= TICKS), NICE[-1])
    lines = []
    for number in range(int(span / between) + 1):
        x = MARGIN + LABELS + number * between * scale
        lines += [
            f'  <line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{height - FOOT + 6}"/>',
            f'  <text class="quiet number" x="{x:.1f}" y="{height - 18}" text-anchor="middle">'
            f"{clock(number * between)}</text>",
        ]
    return lines


def _row(execution: Execution, step: Step, row: int, scale: float, now: datetime) -> list[str]:
    y = TOP + row * ROW
    baseline = y + BAR - 2
    lines = [f'  <text class="{_label(step)}" x="{MARGIN}" y="{baseline}">{_text(step.name)}</text>']
    end = 0.0
    for visit in sorted(step.visits, key=lambda visit: visit.kind != "Wait"):  # looks are seen upon the waits
        x = MARGIN + LABELS + (visit.entered - execution.started).total_seconds() * scale
        width = max(visit.seconds(now) * scale, NARROWEST)
        end = max(end, x + width)
        title = _text(", ".join([visit.state, f"{visit.seconds(now):.1f} s", *visit.errors]))
        lines.append(
            f'  <rect class="{_kind(step, visit)}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR}" rx="1.5">'
            f"<title>{title}</title></rect>"
        )
    looks = sum(visit.state == "DescribeEndpoint" for visit in step.visits)
    said = f"{length(step.seconds(now))}" + (f", {looks} looks" if looks > 1 else "")
    lines.append(f'  <text class="quiet number" x="{end + 6:.1f}" y="{baseline}">{said}</text>')
    return lines


def _kind(step: Step, visit: Visit) -> str:
    if visit.kind == "Succeed":
        return "ended"
    if visit.kind == "Fail" or visit.has_failed or (step.has_failed and visit is step.visits[-1]):
        return "failed"
    if visit.errors:
        return "retried"
    return "wait" if visit.kind == "Wait" else "task"


def _label(step: Step) -> str:
    return "label-failed" if step.has_failed else "label"


def _text(text: str) -> str:
    return escape("".join(c for c in text if c.isprintable()), {'"': "&quot;"})
