"""Alerts and dashboard: what they ask for is there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.meter import Backlog
from bot.web.metrics import CLASSES, Metrics
from tests.services.fakes import FixedClock

DEPLOY = Path(__file__).parent.parent / "deploy"
RULES = yaml.safe_load((DEPLOY / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
DASHBOARD = json.loads((DEPLOY / "dashboard.json").read_text(encoding="utf-8"))

WORDS = {
    *("absent", "by", "histogram_quantile", "increase", "max", "min", "or", "rate", "sum"),
    *("__rate_interval", "le"),
}
"""What PromQL and Grafana themselves know."""

TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*")|(?P<time>\[(?:\d+[smhd]|\$__rate_interval)\])|(?P<word>[a-z_]+)
    |(?P<number>\d+(?:\.\d+)?)|(?P<sign>=~|[=<>*/,(){}]))""",
    re.VERBOSE,
)
PAIRS = {"(": ")", "{": "}"}


def expressions() -> list[str]:
    asked = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [*(rule["expr"] for rule in RULES), *asked]


def exported() -> dict[str, dict[str, set[str]]]:
    """Each sample that Recap shows, with its labels and their values."""
    metrics = Metrics(FixedClock())
    metrics.show_tick(lambda: 0)
    metrics.show_socket(lambda: 0)
    metrics.creatoraudit(200, 10)
    found: dict[str, dict[str, set[str]]] = {}
    for family in text_string_to_metric_families(metrics.page(Backlog())[0].decode()):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for name, value in sample.labels.items():
                labels.setdefault(name, set()).add(value)
    return found


def tokens(expression: str) -> Iterator[tuple[str, str]]:
    """Each word and sign; fails where there is something else, or a bracket has no other half."""
    at, waiting = 0, []
    while at < len(expression.rstrip()):
        found = TOKEN.match(expression, at)
        assert found, f"{expression!r} can't be read from {expression[at:]!r} on"
        assert found.lastgroup
        kind, value = found.lastgroup, found[found.lastgroup]
        if value in PAIRS:
            waiting.append(PAIRS[value])
        elif value in PAIRS.values():
            assert waiting.pop() == value, expression
        yield kind, value
        at = found.end()
    assert waiting == [], expression


@pytest.mark.parametrize("expression", expressions())
def test_expressions(expression: str) -> None:
    """They can be read, and ask for what is exported, by labels and values that exist."""
    known = exported()
    seen = list(tokens(expression))
    names = [word for kind, word in seen if kind == "word" and word not in WORDS]
    metrics = [name for name in names if name in known]
    assert metrics, expression
    labels = {label: values for name in metrics for label, values in known[name].items()}
    of_prometheus = {"instance", "job"}
    assert set(names) <= {*metrics, *labels, *of_prometheus}, expression
    for label, values in re.findall(r'(\w+)=~?"([^"]*)"', expression):
        assert label in of_prometheus or set(values.split("|")) <= labels[label]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_alerts_say_what_to_do(rule: dict[str, object]) -> None:
    """Two sentences each, and how bad it is."""
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert str(rule["alert"]).startswith("Recap")
    assert rule["labels"] in ({"severity": "critical"}, {"severity": "warning"})
    annotations = rule["annotations"]
    assert isinstance(annotations, dict)
    assert all(annotations[name].endswith(".") for name in ("summary", "todo"))


def test_every_metric_is_looked_at() -> None:
    """What nobody looks at need not be counted."""
    text = " ".join(expressions())
    families = {re.sub(r"_(bucket|sum|count|created)$", "", name) for name in exported()}
    assert {one for one in families if one.startswith("recap_") and one not in text} == set()


def test_the_dashboard_can_be_imported() -> None:
    """Panels have their own numbers and places, and take the data source that is chosen."""
    panels = DASHBOARD["panels"]
    assert sorted(panel["id"] for panel in panels) == list(range(1, len(panels) + 1))
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels)
    assert {panel["datasource"]["uid"] for panel in panels} == {"${datasource}"}
    assert DASHBOARD["templating"]["list"][0]["name"] == "datasource"


def test_classes_that_alert() -> None:
    """Whatever is neither a success nor "as before" counts as refused."""
    (rule,) = [one for one in RULES if one["alert"] == "RecapCreatorAuditRefuses"]
    assert f'"{"|".join(CLASSES[2:])}"' in rule["expr"]
