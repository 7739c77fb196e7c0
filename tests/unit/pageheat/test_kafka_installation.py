"""The messages when Java or Maven is missing, too old, or fails, with fake commands."""

import threading
from pathlib import Path

import pytest

from pageheat.kafka.installation import MissingTool, NotInstalled, find_java, install

SHELL = "#!/bin/sh\n"


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the command path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def pretend(commands: Path, name: str, script: str) -> None:
    file = commands / name
    file.write_text(SHELL + script)
    file.chmod(0o755)


def pretend_java(commands: Path, version: str) -> None:
    pretend(commands, "java", f"echo 'openjdk version \"{version}\" 2025-01-21' >&2\n")


@pytest.mark.parametrize("version", ["17", "17.0.15", "21.0.2", "25-ea"])
def test_a_java_that_is_new_enough_is_used(version: str, commands: Path) -> None:
    pretend_java(commands, version)
    assert find_java() == (str(commands / "java"), version)


@pytest.mark.parametrize("version", ["11.0.22", "1.8.0_392"])
def test_a_java_that_is_too_old_is_reported_with_the_version_needed(version: str, commands: Path) -> None:
    pretend_java(commands, version)
    with pytest.raises(MissingTool, match=rf"java is {version}\. Java 17 or later is needed"):
        find_java()


def test_a_missing_java_is_reported_with_how_to_get_it(commands: Path) -> None:
    with pytest.raises(MissingTool, match=r"java was not found.*apt install default-jre-headless"):
        find_java()


def test_a_java_that_prints_no_version_is_refused(commands: Path) -> None:
    pretend(commands, "java", "echo 'install a runtime first' >&2; exit 1\n")
    with pytest.raises(MissingTool, match=r"of unknown version\. Java 17 or later"):
        find_java()


def test_a_missing_maven_is_reported_with_how_to_get_it(commands: Path, tmp_path: Path) -> None:
    pretend_java(commands, "17")
    with pytest.raises(MissingTool, match=r"mvn was not found.*apt install maven"):
        install(tmp_path / "kafka")


def test_a_failing_maven_is_reported_with_its_first_error(commands: Path, tmp_path: Path) -> None:
    pretend_java(commands, "17")
    pretend(
        commands, "mvn", "echo '[ERROR] '; echo '[ERROR] no such host'; echo '[ERROR] -X for more'; exit 1\n"
    )
    with pytest.raises(NotInstalled, match=r"Maven could not fetch Kafka's jars: no such host$"):
        install(tmp_path / "kafka")


def test_a_missing_network_is_reported_with_what_to_do(commands: Path, tmp_path: Path) -> None:
    pretend_java(commands, "17")
    failure = "Could not transfer artifact org.apache.kafka:kafka_2.13:pom:4.3.1: Unknown host repo.example"
    pretend(commands, "mvn", f"echo '[INFO] Scanning'; echo '[ERROR] {failure}'; exit 1\n")
    with pytest.raises(NotInstalled, match=r"^Maven cannot reach its repository .* Connect this machine"):
        install(tmp_path / "kafka")


def test_progress_is_shown_while_the_jars_are_downloaded(commands: Path, tmp_path: Path) -> None:
    pretend_java(commands, "17")
    lines = [f"[INFO] Downloaded from central: x/{i}.jar (3.5 MB at 2.0 MB/s)" for i in range(4)]
    said_by_maven = "".join(f"echo '{line}'\n" for line in lines)
    pretend(commands, "mvn", f'{said_by_maven}for last; do :; done; /bin/mkdir "${{last#*=}}"\n')
    said: list[str] = []
    install(tmp_path / "kafka", said.append)
    assert said[1:] == [
        "fetching Apache Kafka's jars with Maven: 7 MB so far",
        "fetching Apache Kafka's jars with Maven: 14 MB so far",
    ]


def test_an_interrupted_download_leaves_no_process_running_or_waiting(commands: Path, tmp_path: Path) -> None:
    pretend_java(commands, "17")
    pretend(
        commands,
        "mvn",
        "echo '[INFO] Downloaded from central: x.jar (9.0 MB at 2.0 MB/s)'; exec /bin/sleep 600\n",
    )

    def interrupt(line: str) -> None:
        if "so far" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install(tmp_path / "kafka", interrupt)
    for timer in [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]:
        timer.join(10)  # a cancelled one ends at once
        assert not timer.is_alive()


def test_the_jars_are_kept_in_the_users_cache_folder(
    commands: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_java(commands, "17")
    pretend(commands, "mvn", 'for last; do :; done; /bin/mkdir "${last#*=}"\n')
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert install().jars.parent == tmp_path / "cache" / "pageheat" / "kafka"


def test_mavens_own_files_are_in_the_home_of_the_environment(
    commands: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_java(commands, "17")
    pretend(commands, "mvn", 'echo "[ERROR] $MAVEN_OPTS"; exit 1\n')
    monkeypatch.setenv("HOME", "/var/cache/pageheat")
    monkeypatch.setenv("MAVEN_OPTS", "-Xmx1g")
    with pytest.raises(NotInstalled, match=r"-Xmx1g -Duser\.home=/var/cache/pageheat$"):
        install(tmp_path / "kafka")


def test_jars_are_downloaded_once_and_completely(commands: Path, tmp_path: Path) -> None:
    pretend_java(commands, "17")
    # The folder to copy to is the last argument's value.
    fetch = 'for last; do :; done; folder=${last#*=}; /bin/mkdir "$folder"; : > "$folder/a.jar"\n'
    pretend(commands, "mvn", fetch)
    said: list[str] = []
    first = install(tmp_path / "kafka", said.append)
    assert [jar.name for jar in first.jars.iterdir()] == ["a.jar"]
    (commands / "mvn").unlink()
    assert install(tmp_path / "kafka", said.append) == first
    assert said == ["fetching Apache Kafka's jars with Maven (44 MB, once)"]


def test_an_archive_made_by_another_java_is_not_used(commands: Path, tmp_path: Path) -> None:
    pretend(commands, "mvn", 'for last; do :; done; /bin/mkdir "${last#*=}"\n')
    pretend_java(commands, "17")
    old = install(tmp_path / "kafka")
    old.archive.touch()
    assert any("SharedArchiveFile" in part for part in old.command("kafka.Kafka"))
    pretend_java(commands, "21")
    new = install(tmp_path / "kafka")
    assert not any("SharedArchiveFile" in part for part in new.command("kafka.Kafka"))
