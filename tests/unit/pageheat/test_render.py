"""`pageheat render` on a count file, as its user runs it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pageheat.__main__ import main
from pageheat.commands.render import file_names
from pageheat.counts import CountFile, Import, Kind
from pageheat.services.contract.records import Size


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A count file of three pages, in the folder where the command runs."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "counts.sqlite"
    with CountFile(file, create=True) as counts, counts.staging() as staging:
        lamp, chair, still = Kind("/lamp", 1, 0, 1280), Kind("/chair", 1, 0, 1280), Kind("/still", 0, 0, 0)
        staging.add({(lamp, 200, 300): 40, (lamp, 500, 900): 2, (chair, 9, 9): 1, (still, 5, 5): 3})
        staging.document("/lamp", Size(640, 1000))
        staging.commit(Import("test", 0, "", 3, 1, 2, 0, 0))
    return file


def test_a_page_is_drawn_with_a_summary(counted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "/lamp", "--counts", str(counted), "-o", "final.png"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("/lamp: 42 clicks on 640 × 1,000 px, ")
    assert said.endswith("kB: final.png\n")
    with Image.open("final.png") as image:
        assert (image.mode, image.size) == ("P", (640, 1000))
        levels = np.asarray(image)
    assert np.argwhere(levels == levels.max()).mean(axis=0) == pytest.approx((302, 202), abs=1)


@pytest.mark.parametrize("page", ["/l%61mp", "lamp/", "/x/../lamp?q=1#top"])
def test_a_page_may_be_named_by_any_spelling_of_its_address(
    counted: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], page: str
) -> None:
    monkeypatch.setenv("PAGE_SUFFIXES", "/")
    assert main(["render", page, "--counts", str(counted), "-o", "final.png"]) == 0
    assert capsys.readouterr().out.startswith("/lamp: 42 clicks")


def test_a_page_counted_by_other_settings_keeps_its_name(
    counted: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH_MASKS", "/*")
    assert main(["render", "/lamp", "--counts", str(counted), "-o", "final.png"]) == 0
    assert capsys.readouterr().out.startswith("/lamp: 42 clicks")


def test_all_pages_are_drawn_one_file_each_and_those_without_events_are_named(
    counted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", "--all", "--counts", str(counted), "-o", "pictures/today"]) == 0
    assert {file.name for file in Path("pictures/today").iterdir()} == {"lamp.png", "chair.png"}
    said = capsys.readouterr().out
    assert "/chair: 1 click on 40 × 40 px" in said
    assert "left out: /still has no clicks; it has 3 moves (--layer moves)" in said
    assert said.endswith("2 of 3 pages drawn to pictures/today\n")


def test_a_picture_is_drawn_over_a_screenshot(counted: Path) -> None:
    Image.new("RGB", (320, 250), (9, 99, 199)).save("shot.png")
    assert main(["render", "/lamp", "--counts", str(counted), "-o", "over.png", "--over", "shot.png"]) == 0
    with Image.open("over.png") as image:
        assert (image.mode, image.size) == ("RGB", (640, 500))
        assert image.getpixel((600, 20)) == (9, 99, 199)
        assert image.getpixel((202, 302)) != (9, 99, 199)


@pytest.mark.parametrize("mode", ["P", "PA", "LA", "RGBA", "1", "L"])
def test_a_screenshot_may_have_a_palette_and_transparent_parts_which_are_white(
    counted: Path, mode: str
) -> None:
    shot = Image.new("RGBA", (640, 1000), (255, 255, 255, 0))
    shot.paste((0, 0, 0, 255), (0, 0, 640, 20))
    if mode.startswith("P"):  # one colour of a palette may be transparent, or each have its own opacity
        palette = shot.quantize(4)
        white = palette.getpixel((9, 900))
        palette.save("shot.png", transparency=bytes([255] * 4) if mode == "P" else white)
    else:
        shot.convert(mode).save("shot.png")
    assert main(["render", "/lamp", "--counts", str(counted), "-o", "over.png", "--over", "shot.png"]) == 0
    with Image.open("over.png") as image:
        assert image.getpixel((600, 5)) == pytest.approx((0, 0, 0), abs=3)
        assert image.getpixel((600, 990)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("/lamb", "there are no counts of /lamb; did you mean /lamp?"),
        ("/xyz", "there are no counts of /xyz, but of /lamp, /still, /chair"),
        ("/lamp --layer dead", "/lamp has no dead clicks; it has 42 clicks (--layer clicks)"),
        ("/lamp --scale cubic", "scale=cubic: should be one of linear, sqrt, log"),
        ("/lamp --band watch", "band=watch: should be one of phone, tablet, desktop, wide, unknown"),
        ("/lamp --over nothing.png", "nothing.png: No such file or directory"),
        ("/lamp --over counts.sqlite", "counts.sqlite is not a picture"),
        ("/lamp --size 10000x50000", "10,000 × 50,000 px are too many for a picture"),
        ("--all --over shot.png", "--over is a screenshot of one page: name the page instead of --all"),
        ("/lamp --since 2h", "--since is for events from Kafka: a count file has no times"),
        ("/lamp -o final.jpg", "final.jpg: pictures are PNG files: give a name that ends in .png"),
        ("/lamp -o -", "-: pictures are PNG files: give a name that ends in .png"),
        ("/lamp -o no/where.png", "no/where.png: No such file or directory"),
        ("--all -o counts.sqlite", "counts.sqlite: File exists"),
        ("/lamp --counts none.sqlite", "none.sqlite: no count file is there"),
    ],
)
def test_a_picture_that_cannot_be_drawn_gives_one_line_of_error(
    counted: Path, capsys: pytest.CaptureFixture[str], arguments: str, said: str
) -> None:
    given = ["-o", "final.png", "--counts", str(counted), *arguments.split()]
    assert main(["render", *given]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"pageheat render: {said}")
    assert told.count("\n") == 1
    assert {file.name for file in Path().iterdir()} == {counted.name}


def test_file_names_are_readable_safe_and_unique_to_each_page() -> None:
    pages = [
        "/",
        "/a/b",
        "/a-b",
        "/A/B",
        "//blog/a",
        "/%C3%BCber/../x?",
        "/" + "long" * 99,
        "/" + "long" * 98,
    ]
    names = file_names(pages)
    assert list(names) == pages
    assert names["/"] == "index.png"
    assert names["//blog/a"] == "blog-a.png"
    assert names["/%C3%BCber/../x?"] == "über-..-x.png"
    assert {names[page] for page in pages[1:4]} == {"A-B.png", "a-b-2.png", "a-b-3.png"}
    assert len({name.casefold() for name in names.values()}) == len(pages)
    assert all(len(name.encode()) < 255 and "/" not in name for name in names.values())
