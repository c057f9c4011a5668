"""configs/alerts.yaml and configs/grafana-dashboard.json ask for metrics that there are, and the
alerts come when they should."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

from running import ROOT

TABLE = (ROOT / "lib" / "metrics" / "metrics.def").read_text()
LABELS = (ROOT / "lib" / "metrics" / "labels.def").read_text()
KINDS = {name: kind for kind, name in
         re.findall(r'^METRIC\(\w+, (\w+), \w+, "(\w+)"', TABLE, re.M)}
VALUES = set(re.findall(r'(\w+)=\\"([^"\\]*)\\"', LABELS))
# Of tables of the server, of Prometheus, and of who reads.
OTHERS = {"path", "method", "status", "limit", "event", "severity", "version", "job", "instance", "le"}
RULES = yaml.safe_load((ROOT / "configs" / "alerts.yaml").read_text())["groups"][0]["rules"]
DASHBOARD = json.loads((ROOT / "configs" / "grafana-dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUESTIONS = {f"alert {rule['alert']}": rule["expr"] for rule in RULES} | {
    f"panel {panel['title']}, {target['refId']}": target["expr"]
    for panel in PANELS for target in panel["targets"]}


def series_of_histograms():
    return {name + suffix for name, kind in KINDS.items() if kind == "HISTOGRAM"
            for suffix in ("_bucket", "_sum", "_count")}


def names_in(question):
    """What is neither a function, nor a label, nor a text."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\bby \([^)]*\)', " ", question)
    return set(re.findall(r"[a-z]\w*_\w+", bare)) - {"histogram_quantile"}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_about_metrics_that_there_are(name):
    question = QUESTIONS[name]
    there = {name for name, kind in KINDS.items() if kind != "HISTOGRAM"} | series_of_histograms()
    assert names_in(question) <= there
    for label, equals, text in re.findall(r'(\w+)(=~?|!=|!~)"([^"]*)"', question):
        assert label in OTHERS or {(label, one) for one in text.split("|")} <= VALUES, (label, text)


def test_every_metric_is_in_a_panel_or_a_rule():
    """But for what somebody looks up who has a question already."""
    asked = set().union(*map(names_in, QUESTIONS.values()))
    asked |= {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
    assert set(KINDS) - asked == {
        "auth_logout_total", "auth_oauth_callback_total", "session_duration_seconds",
        "authgate_config_last_reload_success_timestamp_seconds", "process_virtual_memory_bytes",
        "process_threads"}


def test_the_panels_have_places_of_their_own():
    assert DASHBOARD["uid"] == "authgate"
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(numbers) == len(set(numbers))
    cells = [(x, y) for panel in DASHBOARD["panels"] for place in [panel["gridPos"]]
             for x in range(place["x"], place["x"] + place["w"])
             for y in range(place["y"], place["y"] + place["h"])]
    assert len(cells) == len(set(cells)) and max(x for x, _ in cells) == 23


def test_every_alert_is_explained():
    told = (ROOT / "docs" / "MONITORING.md").read_text()
    for rule in RULES:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"] and f"`{rule['alert']}`" in told, rule["alert"]


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool")
def test_alerts_come_when_they_should():
    tests = ROOT / "tests" / "alerts" / "alerts_test.yaml"
    tried = subprocess.run(["promtool", "test", "rules", tests], capture_output=True, text=True)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    for rule in RULES:
        assert re.search(rf"alertname: {rule['alert']}\b", tests.read_text()), rule["alert"]
