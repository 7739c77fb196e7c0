"""The image is built again without a network, from what was downloaded once; and what a release builds."""

import json
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


def test_a_release_builds_both_images_for_both_architectures() -> None:
    """Only the plan: base images of another architecture may not be at hand."""
    done = subprocess.run(
        ["docker", "buildx", "bake", "--file", "docker-bake.hcl", "--print"],
        cwd=ROOT,
        env=os.environ | {"VERSION": "1.2.3", "REGISTRY": "registry.example.org/heat"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert plan["group"]["default"]["targets"] == ["pageheat", "history"]
    tags = {"pageheat": "pageheat", "history": "pageheat-history"}
    for target, image in tags.items():
        built = plan["target"][target]
        assert built["tags"] == [f"registry.example.org/heat/{image}:1.2.3"]
        assert built["platforms"] == ["linux/amd64", "linux/arm64"]
        assert (built["target"], built["args"]["VERSION"]) == (target, "1.2.3")
