"""The image is built again without a network, from what was downloaded once."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.containers import ROOT, Containers

pytestmark = pytest.mark.docker


def build(*arguments: str) -> None:
    done = subprocess.run(
        ["docker", "build", *arguments, "."],
        cwd=ROOT,
        env=os.environ | {"DOCKER_BUILDKIT": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5_000:]


def test_the_image_is_built_again_without_a_network(containers: Containers, tmp_path: Path) -> None:
    build("--target=downloads", f"--output={tmp_path}")
    build("--no-cache", "--network=none", f"--build-context=downloads={tmp_path}", "--target=pageheat")
