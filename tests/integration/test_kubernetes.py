"""The chart on a real API server of Kubernetes: installed, changed, rolled back, removed. No pod runs.

Skipped without the programs that tests/support/kubernetes.sh builds.
"""

import subprocess
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.support.kubernetes import Cluster, api_server
from tests.unit.deploy.test_helm import CHART, EVERYTHING, SERVER, SETTINGS

NUMBERS = count()

LAG = {"autoscaling": {"lag": 5000}}

ALL_ON: dict[str, Any] = EVERYTHING | {
    "ingress": EVERYTHING["ingress"] | {"signOn": {"example.org/sign-on": "https://auth.example.org"}},
    "ingest": LAG,
    "groupBy": LAG,
    "aggregator": {"autoscaling": {"lag": 5000, "cpu": None}},
    "broadcaster": LAG,
    "heatmap": {"autoscaling": {"enabled": True}},
}

GROWING = [
    {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "growing"},
        "provisioner": "kubernetes.io/no-provisioner",
        "allowVolumeExpansion": True,
    },
    {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "disk"},
        "spec": {
            "capacity": {"storage": "50Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "growing",
            "hostPath": {"path": "/nowhere"},
        },
    },
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with api_server(tmp_path_factory.mktemp("kubernetes")) as cluster:
        yield cluster


@pytest.fixture
def namespace(cluster: Cluster) -> str:
    """A namespace of the test's own, for pods that Kubernetes calls restricted: it warns of others."""
    name = f"test-{next(NUMBERS)}"
    cluster.kubectl("create", "namespace", name)
    levels = (f"pod-security.kubernetes.io/{mode}=restricted" for mode in ("enforce", "warn"))
    cluster.kubectl("label", "namespace", name, *levels)
    return name


class Release:
    """The chart as a release called pageheat."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._namespace = ("--namespace", namespace)

    def helm(self, *arguments: str, given: object = None) -> subprocess.CompletedProcess[str]:
        return self._cluster.run("helm", *self._namespace, *arguments, given=given)

    def upgrade(self, settings: dict[str, Any] | None = None, **values: Any) -> None:
        """Install or change it; the server may neither refuse anything nor warn."""
        given = {"settings": SETTINGS | (settings or {}), **values}
        done = self.helm("upgrade", "--install", "pageheat", str(CHART), "--values", "-", given=given)
        assert (done.returncode, done.stderr) == (0, "")

    def get(self, *what: str) -> dict[str, Any]:
        return self._cluster.get(*self._namespace, *what)

    def names(self, kind: str) -> list[str]:
        return [item["metadata"]["name"] for item in self.get(kind)["items"]]


@pytest.fixture
def release(cluster: Cluster, namespace: str) -> Release:
    return Release(cluster, namespace)


@pytest.mark.parametrize("values", [{}, ALL_ON, SERVER], ids=["least", "all", "server"])
def test_the_server_admits_all_of_it_without_a_warning(values: dict[str, Any], release: Release) -> None:
    release.upgrade(**values)  # it warns of fields that it does not know, too


def test_the_history_may_get_a_larger_volume_a_server_instead_and_its_volume_back(
    release: Release, cluster: Cluster, namespace: str
) -> None:
    for one in GROWING:
        cluster.kubectl("apply", "--filename=-", given=one)
    volume = {"storageClass": "growing", "size": "50Gi"}
    release.upgrade(history={"volume": volume})
    # What the controllers of a cluster do.
    of_claim = ("--namespace", namespace, "patch", "pvc", "pageheat-history", "--type=merge", "--patch")
    cluster.kubectl(*of_claim, '{"spec": {"volumeName": "disk"}}')
    cluster.kubectl(*of_claim, '{"status": {"phase": "Bound"}}', "--subresource=status")
    release.upgrade(history={"volume": volume | {"size": "80Gi"}})
    assert release.get("pvc", "pageheat-history")["spec"]["resources"]["requests"]["storage"] == "80Gi"
    release.upgrade(history={"volume": {"size": ""}, "replicas": 3})
    pod = release.get("statefulset", "pageheat-history")["spec"]["template"]["spec"]
    assert [volume["name"] for volume in pod["volumes"]] == ["tmp"]
    release.upgrade(history={"volume": volume | {"size": "80Gi"}})
    pod = release.get("statefulset", "pageheat-history")["spec"]["template"]["spec"]
    assert pod["volumes"][1]["persistentVolumeClaim"]["claimName"] == "pageheat-history"


def test_a_change_makes_another_job_and_can_be_rolled_back(release: Release) -> None:
    release.upgrade()
    jobs = release.names("jobs")
    release.upgrade({"STEP_MS": 500})
    assert release.get("configmap", "pageheat")["data"]["STEP_MS"] == "500"
    assert len(release.names("jobs")) == 1
    assert release.names("jobs") != jobs
    assert release.helm("rollback", "pageheat", "1").returncode == 0
    assert "STEP_MS" not in release.get("configmap", "pageheat")["data"]
    assert release.names("jobs") == jobs


def test_of_a_release_that_is_removed_only_the_volume_is_left_and_taken_up_again(release: Release) -> None:
    release.upgrade()
    assert release.helm("uninstall", "pageheat").returncode == 0
    for kind in ("deployments", "statefulsets", "jobs", "services", "networkpolicies", "hpa", "pdb"):
        assert release.names(kind) == []
    assert release.names("pvc") == ["pageheat-history"]
    release.upgrade()
