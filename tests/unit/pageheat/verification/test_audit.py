"""Frames followed from one clickstream topic to the other."""

import json

import pytest

from pageheat.verification.audit import SHOWN, FrameAudit

KEY = b"/lamp"


def value(number: int, path: str = "/lamp") -> bytes:
    return json.dumps({"site": "", "page": {"path": path}, "seq": number}).encode()


def audited(frames: int = 5, partition: int = 2, first: int = 10) -> FrameAudit:
    """An audit that knows of frames `first` … in a partition of clickstream."""
    audit = FrameAudit()
    for number in range(first, first + frames):
        audit.taken(partition, number, value(number))
    return audit


def group(audit: FrameAudit, *source_offsets: int, first: int = 100, partition: int = 7) -> list[bool]:
    return [
        audit.grouped(partition, first + i, KEY, value(source), (2, source))
        for i, source in enumerate(source_offsets)
    ]


def test_all_is_well_when_every_frame_comes_once() -> None:
    audit = audited()
    assert all(group(audit, 10, 11, 12, 13, 14))
    assert (audit.frames, audit.missing, audit.uncounted().count, audit.altered.count) == (5, 0, 0, 0)


def test_a_lost_frame_is_named() -> None:
    audit = audited()
    group(audit, 10, 11, 13, 14)
    assert audit.missing == 1
    assert audit.uncounted().first == ["lost: clickstream 2/12"]


def test_frames_sent_again_in_order_count_once_and_are_noted() -> None:
    audit = audited()
    assert group(audit, 10, 11, 12, 11, 12, 13, 14) == [True, True, True, False, False, True, True]
    assert (audit.repeated, audit.uncounted().count) == (2, 0)


def test_a_frame_that_comes_after_a_later_one_is_lost_to_who_counts() -> None:
    audit = audited()
    group(audit, 10, 12, 11, 13, 14)
    assert audit.uncounted().first == ["lost: clickstream 2/11"]


def sent(session: str, seq: int) -> bytes:
    return json.dumps({"site": "", "page": {"path": "/lamp"}, "session": session, "seq": seq}).encode()


def test_a_frame_that_its_client_sent_again_is_to_be_dropped() -> None:
    audit = FrameAudit()
    audit.taken(2, 9, sent("ann", 0), audited=False)
    for offset, frame in enumerate(
        [sent("ann", 1), sent("bob", 0), sent("ann", 0), sent("ann", 1)], start=10
    ):
        audit.taken(2, offset, frame)
    for offset, frame in ((10, sent("ann", 1)), (11, sent("bob", 0))):
        audit.grouped(7, offset, KEY, frame, (2, offset))
    assert (audit.resent, audit.missing, audit.uncounted().count) == (2, 0, 0)
    audit.grouped(7, 12, KEY, sent("ann", 0), (2, 12))
    assert audit.uncounted().first == [
        "counted twice: clickstream 2/12, which its client had sent before, at 7/12"
    ]


def test_a_frame_in_a_second_partition_is_counted_twice() -> None:
    audit = audited()
    group(audit, 10, 11, 12, 13, 14)
    assert group(audit, 12, partition=8) == [True]
    assert audit.uncounted().first == ["counted twice: clickstream 2/12 again at 8/100"]
    assert audit.altered.first == ["8/100: page b'/lamp' is also in partition 7"]


def test_a_copy_without_its_source_is_of_no_known_origin() -> None:
    audit = audited()
    group(audit, 10, 11, 12, 13, 14)
    assert audit.grouped(7, 200, KEY, value(12), None) is False
    assert audit.uncounted().first == [
        "clickstream-group-by-page 7/200 names no frame of clickstream as its source"
    ]


def test_other_bytes_or_another_key_than_the_frames_are_named() -> None:
    audit = audited()
    audit.grouped(7, 100, KEY, value(10) + b" ", (2, 10))
    audit.grouped(7, 101, b"/sofa", value(11), (2, 11))
    assert audit.altered.first == [
        "7/100: other bytes than clickstream 2/10",
        "7/101: key b'/sofa' is not the page of clickstream 2/11",
    ]


def test_dead_letters_account_for_what_cannot_be_read_in_either_topic() -> None:
    audit = audited(2)
    audit.taken(2, 12, b"{not a frame")
    group(audit, 10, 11)
    audit.grouped(7, 150, KEY, b"{not a frame", None)
    assert audit.uncounted().count == 2
    for _ in range(2):  # the letters may be read again
        audit.dead("clickstream", 2, 12)
        audit.dead("clickstream-group-by-page", 7, 150)
    assert (audit.uncounted().count, audit.dead_frames) == (0, 2)


def test_a_frame_that_is_counted_and_a_dead_letter_is_named() -> None:
    audit = audited(1)
    group(audit, 10)
    audit.dead("clickstream", 2, 10)
    assert audit.uncounted().first == ["counted twice: clickstream 2/10 is a dead letter as well"]


@pytest.mark.parametrize("source", [(2, 9), (2, 15), (3, 12)])
def test_frames_of_before_and_after_the_audit_are_no_difference(source: tuple[int, int]) -> None:
    audit = audited()
    group(audit, 10, 11, 12, 13, 14)
    audit.grouped(7, 300, KEY, b"whatever", source)
    assert (audit.uncounted().count, audit.altered.count) == (0, 0)


def test_offsets_that_hold_no_record_are_not_missed() -> None:
    audit = audited(2)
    audit.taken(2, 20, value(20))
    assert all(group(audit, 10, 11, 20))
    assert (audit.frames, audit.uncounted().count) == (3, 0)


def test_of_many_differences_the_first_few_are_told_and_all_counted() -> None:
    differences = audited(1000).uncounted()
    assert (differences.count, len(differences.first)) == (1000, SHOWN)
