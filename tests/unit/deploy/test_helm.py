"""The Helm chart: what it makes of its values. Skipped without Helm.

Its manifests are checked against Kubernetes' schemas where `kubernetes-validate` is installed.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pageheat.processes import read_processes
from pageheat.services.runtime.settings import AllSettings

ROOT = Path(__file__).parents[3]
CHART = ROOT / "deploy" / "helm"
PAGE = ROOT / "docs" / "operations" / "kubernetes.md"

OLDEST, NEWEST = "1.27", "1.33"
"""Versions of Kubernetes whose schemas are used."""

SETTINGS = {
    "KAFKA_BROKER": "kafka-0.kafka:9092,kafka-1.kafka:9093",
    "SITE_URL": "https://www.example.org",
    "INGEST_URL": "https://ingest.example.org",
    "BROADCASTER_URL": "https://grids.example.org",
    "HISTORY_URL": "https://history.example.org",
    "HEATMAP_URL": "https://heat.example.org",
}

TEMPLATE = ("template", "pageheat", str(CHART), "--kube-version", NEWEST)

SCALED = ("ingest", "group-by", "aggregator", "broadcaster", "heatmap", "history")

Manifests = dict[tuple[str, str], dict[str, Any]]


def helm(*arguments: str, values: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    if not shutil.which("helm"):
        pytest.skip("helm is not installed (with Go: go install helm.sh/helm/v3/cmd/helm@latest)")
    return subprocess.run(
        ["helm", *arguments, "--values", "-"], input=yaml.safe_dump(values), capture_output=True, text=True
    )


def made(settings: dict[str, Any] | None = None, **values: Any) -> Manifests:
    """The manifests of a release called pageheat, by kind and name without `pageheat-`."""
    done = helm(*TEMPLATE, values={"settings": SETTINGS | (settings or {}), **values})
    assert done.returncode == 0, done.stderr
    found = [one for one in yaml.safe_load_all(done.stdout) if one]
    by_name = {(one["kind"], re.sub("^pageheat-?", "", one["metadata"]["name"])): one for one in found}
    assert len(by_name) == len(found)
    return by_name


def refusal(settings: dict[str, Any] | None = None, **values: Any) -> str:
    done = helm(*TEMPLATE, values={"settings": settings or SETTINGS, **values})
    assert done.returncode != 0
    return done.stderr


def of_kind(manifests: Manifests, *kinds: str) -> dict[str, dict[str, Any]]:
    return {name: one for (kind, name), one in manifests.items() if kind in kinds}


def pods(manifests: Manifests) -> dict[str, dict[str, Any]]:
    """The pods' specifications, by what makes them."""
    makers = of_kind(manifests, "Deployment", "StatefulSet", "Job")
    return {name: one["spec"]["template"]["spec"] for name, one in makers.items()}


EVERYTHING: dict[str, Any] = {
    "settings": {"TRUSTED_PROXIES": 1, "SITES_HEATMAP_URLS": "blog=https://blog-heat.example.org"},
    "secret": "pageheat",
    "files": "kafka-ca",
    "image": {"pullSecrets": [{"name": "registry"}], "tag": "1.2.3"},
    "ingress": {
        "enabled": True,
        "className": "nginx",
        "annotations": {"example.org/a": "b"},
        "tlsSecret": "tls",
    },
    "aggregator": {"autoscaling": {"lag": 5000}},
    "networkPolicy": {
        "browsersFrom": [{"namespaceSelector": {"matchLabels": {"name": "ingress"}}}],
        "metricsFrom": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}],
        "egress": [{"ports": [{"port": 443}], "to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}],
    },
    "pod": {"nodeSelector": {"disk": "ssd"}},
}

SERVER: dict[str, Any] = {
    "secret": "pageheat",
    "history": {"replicas": 3, "volume": {"size": ""}},
    "topics": {"enabled": False},
}


def test_the_charts_table_is_that_of_the_processes() -> None:
    table = (CHART / "templates" / "_helpers.tpl").read_text()
    found = re.findall(r"^[a-z-]+: \{ values: \w+, command: (\w+), setting: (\w+), port: (\d+)", table, re.M)
    assert sorted(found) == sorted(
        (name, spec.port, str(AllSettings.model_fields[spec.port.lower()].default))
        for name, spec in read_processes().items()
        if name not in ("kafka", "topics", "demo")
    )


def test_helm_finds_nothing_to_complain_of() -> None:
    done = helm("lint", "--strict", str(CHART), values={"settings": SETTINGS})
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("values", [{}, EVERYTHING, SERVER], ids=["least", "everything", "server"])
def test_kubernetes_schemas_accept_the_manifests(values: dict[str, Any], version: str) -> None:
    manifests = made(**values)
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    for one in manifests.values():
        kubernetes_validate.validate(one, version, strict=True)


def test_every_setting_reaches_every_process_as_text() -> None:
    given = {"ADDRESS_FRAMES_PER_S": 1_000_000, "HASH_ROUTES": True, "WIDTH_BANDS": "phone<600,wide"}
    manifests = made(given, secret="mine")
    data = manifests["ConfigMap", ""]["data"]
    expected = {"ADDRESS_FRAMES_PER_S": "1000000", "HASH_ROUTES": "true", "WIDTH_BANDS": "phone<600,wide"}
    assert (SETTINGS | expected).items() <= data.items()
    assert data["INGEST_FETCH_URL"] == "http://pageheat-ingest-pods:8001"
    AllSettings.load(_env_file=None, **{name.lower(): value for name, value in data.items()})
    for spec in pods(manifests).values():
        (container,) = spec["containers"]
        assert container["envFrom"] == [
            {"configMapRef": {"name": "pageheat"}},
            {"secretRef": {"name": "mine"}},
        ]


def test_a_port_that_is_set_is_used_everywhere() -> None:
    manifests = made({"INGEST_PORT": 9001})
    (container,) = pods(manifests)["ingest"]["containers"]
    assert container["ports"][0]["containerPort"] == 9001
    assert manifests["Service", "ingest"]["spec"]["ports"][0]["port"] == 9001
    assert manifests["NetworkPolicy", "ingest"]["spec"]["ingress"][0]["ports"] == [{"port": 9001}]
    assert manifests["ConfigMap", ""]["data"]["INGEST_FETCH_URL"].endswith(":9001")


def test_no_pod_has_rights_or_can_write_but_to_its_own_folders() -> None:
    for name, spec in pods(made(**EVERYTHING)).items():
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["automountServiceAccountToken"] is False
        (container,) = spec["containers"]
        context = container["securityContext"]
        assert (context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"]) == (True, False)
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]


def test_each_process_is_probed_may_be_moved_and_has_a_policy() -> None:
    manifests = made()
    assert set(pods(manifests)) - set(SCALED) == {
        name for name in pods(manifests) if name.startswith("topics-")
    }
    for name in SCALED:
        (container,) = pods(manifests)[name]["containers"]
        assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
        assert container["readinessProbe"]["httpGet"] == {"path": "/_pageheat/ready", "port": "http"}
        assert manifests["PodDisruptionBudget", name]["spec"]["maxUnavailable"] == 1
        assert manifests["NetworkPolicy", name]["spec"]["policyTypes"] == ["Ingress", "Egress"]


@pytest.mark.parametrize("name", ["group-by", "aggregator", "history"])
def test_a_member_of_a_group_keeps_its_name(name: str) -> None:
    manifests = made()
    (container,) = pods(manifests)[name]["containers"]
    assert ("StatefulSet", name) in manifests
    assert container["env"] == [
        {"name": "GROUP_INSTANCE_ID", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    ]


def test_it_scales_by_cpu_and_by_lag_where_that_is_asked_for() -> None:
    manifests = made(aggregator={"autoscaling": {"lag": 5000}})
    scalers = of_kind(manifests, "HorizontalPodAutoscaler")
    assert set(scalers) == {"ingest", "group-by", "aggregator", "broadcaster"}
    by = {name: [metric["type"] for metric in one["spec"]["metrics"]] for name, one in scalers.items()}
    assert by == {name: ["Resource"] for name in scalers} | {"aggregator": ["Resource", "Pods"]}
    for name in scalers:
        target = scalers[name]["spec"]["scaleTargetRef"]
        scaled = manifests[target["kind"], name]
        assert target["name"] == scaled["metadata"]["name"]
        assert "replicas" not in scaled["spec"]


def test_other_settings_restart_the_pods_and_make_another_job() -> None:
    before, after = made(), made({"STEP_MS": 500})
    for kind, name in before.keys() - {("ConfigMap", "")}:
        if kind in ("Deployment", "StatefulSet"):
            assert before[kind, name]["spec"]["template"] != after[kind, name]["spec"]["template"]
    assert set(of_kind(before, "Job")) != set(of_kind(after, "Job"))


def test_only_kafkas_ports_are_reached() -> None:
    manifests = made()
    egress = manifests["NetworkPolicy", "group-by"]["spec"]["egress"]
    assert egress[1:] == [{"ports": [{"port": 9092}, {"port": 9093}]}]
    assert manifests["NetworkPolicy", "group-by"]["spec"]["ingress"][0]["from"]


def test_the_ingress_leads_each_public_host_to_its_service() -> None:
    ingress = made(**EVERYTHING)["Ingress", ""]["spec"]
    led = {rule["host"]: rule["http"]["paths"][0]["backend"]["service"]["name"] for rule in ingress["rules"]}
    assert led == {
        "ingest.example.org": "pageheat-ingest",
        "grids.example.org": "pageheat-broadcaster",
        "history.example.org": "pageheat-history",
        "heat.example.org": "pageheat-heatmap",
        "blog-heat.example.org": "pageheat-heatmap",
    }
    assert sorted(ingress["tls"][0]["hosts"]) == sorted(led)


def test_a_sign_on_is_asked_of_analysts_and_not_of_visitors() -> None:
    asks = {"nginx.ingress.kubernetes.io/auth-url": "https://auth.example.org/oauth2/auth"}
    values = EVERYTHING | {"ingress": EVERYTHING["ingress"] | {"signOn": asks}}
    found = of_kind(made(**values), "Ingress")
    of_visitors, of_analysts = found[""], found["analysts"]
    assert of_visitors["metadata"]["annotations"] == {"example.org/a": "b"}
    assert of_analysts["metadata"]["annotations"] == {"example.org/a": "b"} | asks
    hosts = [[rule["host"] for rule in one["spec"]["rules"]] for one in (of_visitors, of_analysts)]
    assert hosts[0] == ["ingest.example.org"]
    assert sorted(hosts[1]) == [f"{name}.example.org" for name in ("blog-heat", "grids", "heat", "history")]
    for one, secret, names in zip(found.values(), ("tls", "tls-analysts"), hosts, strict=True):
        assert one["spec"]["tls"] == [{"hosts": names, "secretName": secret}]


def test_a_history_of_its_own_has_a_volume_that_outlives_the_release() -> None:
    manifests = made()
    claim = manifests["PersistentVolumeClaim", "history"]
    assert claim["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    (container,) = pods(manifests)["history"]["containers"]
    assert {"name": "history", "mountPath": "/var/lib/pageheat"} in container["volumeMounts"]
    assert {"name": "history", "persistentVolumeClaim": {"claimName": "pageheat-history"}} in pods(manifests)[
        "history"
    ]["volumes"]


def test_a_history_on_a_server_has_no_volume() -> None:
    manifests = made(**SERVER)
    history = manifests["StatefulSet", "history"]["spec"]
    assert [volume["name"] for volume in history["template"]["spec"]["volumes"]] == ["tmp"]
    assert not of_kind(manifests, "PersistentVolumeClaim")
    assert history["replicas"] == 3
    assert ("StatefulSet", "history") not in made(history={"enabled": False})


@pytest.mark.parametrize(
    ("settings", "values", "said"),
    [
        ({"KAFKA_BROKER": "k:9092"}, {}, "settings.SITE_URL is missing"),
        ({}, {"ingress": {"enabled": True}}, "set settings.TRUSTED_PROXIES"),
        ({}, {"history": {"replicas": 2}}, "history: one process has its volume to itself"),
        ({}, {"ingest": {"replica": 2}}, "replica"),
        ({"kafka_broker": "k:9092"}, {}, "kafka_broker"),
    ],
)
def test_wrong_values_are_refused_by_name(
    settings: dict[str, Any], values: dict[str, Any], said: str
) -> None:
    assert said in refusal(settings, **values)


@pytest.mark.parametrize("name", ["heat.map", "heat-maps-of-all-our-own-web-sites"])
def test_a_name_that_would_make_no_names_in_dns_is_refused(name: str) -> None:
    done = helm(TEMPLATE[0], name, *TEMPLATE[2:], values={"settings": SETTINGS})
    assert f"the release's name, {name}, should have no dots" in done.stderr


def test_the_example_of_the_documents_is_a_chart() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    values = yaml.safe_load("\n".join(line.removeprefix("   ") for line in example.splitlines()))
    assert ("Ingress", "") in made(values.pop("settings"), **values)
