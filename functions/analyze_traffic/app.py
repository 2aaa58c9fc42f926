"""AnalyzeTraffic: how the new and the old version have answered the callers."""

from datetime import UTC, datetime

from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.smoke_test.analyze_traffic import TrafficAnalysis, Update, analyze_traffic


@task_handler
def handler(request: Request, services: Services) -> TrafficAnalysis:
    """Take {Plan, PreviousEndpointConfigName, EndpointConfigName, Since, Execution}; return the comparison."""
    since = datetime.fromisoformat(request["Since"])
    update = Update(request["PreviousEndpointConfigName"], request["EndpointConfigName"], since)
    return analyze_traffic(request["Plan"], update, services.sagemaker, services.fleet_metrics, datetime.now(UTC))
