"""The version of the package: from git's tag. All else is in pyproject.toml.

In a tree without git it is that of the archive (.git_archival.txt) or of the sdist (PKG-INFO), else the
fallback there.
"""

from setuptools import setup
from vcs_versioning import PyProjectData, infer_version_string, overrides

NAME = "pageheat"


def version() -> str:
    """Infer it, and write it where the package reads it."""
    with overrides.GlobalOverrides.from_env("VCS_VERSIONING", dist_name=NAME):
        return infer_version_string(
            NAME, PyProjectData.from_file("pyproject.toml"), force_write_version_files=True
        )


setup(version=version())
