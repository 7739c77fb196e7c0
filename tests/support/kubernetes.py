"""Kubernetes' API server on this machine, with nothing behind it: it admits objects, and no pod runs."""

import contextlib
import os
import shutil
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pageheat.kafka.ports import free_port
from pageheat.parent import ending_with_parent
from tests.support.system import until

NEEDED = ("etcd", "kube-apiserver", "kubectl", "helm")

TOKEN = "of-a-test"


class Cluster:
    """An API server, by its commands."""

    def __init__(self, kubeconfig: Path) -> None:
        self._environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}

    def run(self, *command: str, given: object = None) -> subprocess.CompletedProcess[str]:
        """Run kubectl or helm; `given` comes on its standard input, as YAML."""
        text = yaml.safe_dump(given) if given is not None else None
        return subprocess.run(command, env=self._environment, input=text, capture_output=True, text=True)

    def kubectl(self, *arguments: str, given: object = None) -> str:
        done = self.run("kubectl", *arguments, given=given)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, *what: str) -> dict[str, Any]:
        """An object as the server has it, with its defaults."""
        return dict(yaml.safe_load(self.kubectl("get", *what, "--output", "yaml")))


@contextlib.contextmanager
def api_server(folder: Path) -> Iterator[Cluster]:
    """Run etcd and an API server on free ports. Skips the test where they are missing."""
    if missing := [name for name in NEEDED if not shutil.which(name)]:
        pytest.skip(f"{', '.join(missing)}: not installed; tests/support/kubernetes.sh builds all with Go")
    port, clients, peer = free_port(), f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}"
    (folder / "tokens").write_text(f"{TOKEN},admin,admin,system:masters\n")
    subprocess.run(["openssl", "genrsa", "-out", folder / "key", "2048"], check=True, capture_output=True)
    subprocess.run(
        ["openssl", "rsa", "-in", folder / "key", "-pubout", "-out", folder / "public"],
        check=True,
        capture_output=True,
    )
    commands = (
        f"etcd --data-dir {folder}/etcd --unsafe-no-fsync --listen-client-urls {clients}"
        f" --advertise-client-urls {clients} --listen-peer-urls {peer} --initial-advertise-peer-urls {peer}"
        f" --initial-cluster default={peer}",
        f"kube-apiserver --etcd-servers {clients} --bind-address 127.0.0.1 --secure-port {port}"
        f" --endpoint-reconciler-type none --service-cluster-ip-range 10.96.0.0/16 --cert-dir {folder}"
        f" --token-auth-file {folder}/tokens --authorization-mode RBAC --service-account-issuer pageheat"
        f" --service-account-key-file {folder}/public --service-account-signing-key-file {folder}/key",
    )
    address = f"https://127.0.0.1:{port}"
    with contextlib.ExitStack() as stack:
        for command in commands:
            log = stack.enter_context((folder / f"{command.split()[0]}.log").open("wb"))
            process = subprocess.Popen(ending_with_parent(command.split()), stdout=log, stderr=log)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        until(lambda: _is_ready(address), (folder / "kube-apiserver.log").read_text)
        yield Cluster(_kubeconfig(folder / "kubeconfig", address))


def _is_ready(address: str) -> bool:
    unchecked = ssl._create_unverified_context()
    with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/readyz", context=unchecked):
        return True
    return False


def _kubeconfig(file: Path, address: str) -> Path:
    of = {"cluster": "tests", "user": "admin", "namespace": "default"}
    file.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [
                    {"name": "tests", "cluster": {"server": address, "insecure-skip-tls-verify": True}}
                ],
                "users": [{"name": "admin", "user": {"token": TOKEN}}],
                "contexts": [{"name": "tests", "context": of}],
                "current-context": "tests",
            }
        )
    )
    return file
