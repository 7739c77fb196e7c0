"""Frames followed from one clickstream topic to the other."""

import json

import pytest

from pageheat.verification.audit import SHOWN, FrameAudit

KEY = b"/lamp"


def value(number: int, path: str = "/lamp") -> bytes:
    return json.dumps({"site": "", "page": {"path": path}, "seq": number}).encode()


def audited(frames: int = 5, partition: int = 2, first: int = 10) -> FrameAudit:
    """An audit that has read frames `first` … in a partition of clickstream."""
    audit = FrameAudit()
    for number in range(first, first + frames):
        audit.add_source(partition, number, value(number))
    return audit


def group(audit: FrameAudit, *source_offsets: int, first: int = 100, partition: int = 7) -> list[bool]:
    return [
        audit.add_grouped(partition, first + i, KEY, value(source), (2, source))
        for i, source in enumerate(source_offsets)
    ]


def test_the_audit_passes_when_every_frame_comes_once() -> None:
    audit = audited()
    assert all(group(audit, 10, 11, 12, 13, 14))
    assert (audit.frames, audit.missing, audit.uncounted().count, audit.altered.count) == (5, 0, 0, 0)


def test_a_lost_frame_is_reported() -> None:
    audit = audited()
    group(audit, 10, 11, 13, 14)
    assert audit.missing == 1
    assert audit.uncounted().first == ["lost: clickstream 2/12"]


def test_frames_resent_in_order_count_once_and_are_noted() -> None:
    audit = audited()
    assert group(audit, 10, 11, 12, 11, 12, 13, 14) == [True, True, True, False, False, True, True]
    assert (audit.repeated, audit.uncounted().count) == (2, 0)


def test_a_frame_that_comes_after_a_later_one_is_lost_to_the_aggregator() -> None:
    audit = audited()
    group(audit, 10, 12, 11, 13, 14)
    assert audit.uncounted().first == ["lost: clickstream 2/11"]


def sent(session: str, seq: int) -> bytes:
    return json.dumps({"site": "", "page": {"path": "/lamp"}, "session": session, "seq": seq}).encode()


def test_a_frame_that_its_client_resent_must_be_dropped() -> None:
    audit = FrameAudit()
    audit.add_source(2, 9, sent("ann", 0), audited=False)
    for offset, frame in enumerate(
        [sent("ann", 1), sent("bob", 0), sent("ann", 0), sent("ann", 1)], start=10
    ):
        audit.add_source(2, offset, frame)
    for offset, frame in ((10, sent("ann", 1)), (11, sent("bob", 0))):
        audit.add_grouped(7, offset, KEY, frame, (2, offset))
    assert (audit.duplicates, audit.missing, audit.uncounted().count) == (2, 0, 0)
    audit.add_grouped(7, 12, KEY, sent("ann", 0), (2, 12))
    assert audit.uncounted().first == [
        "counted twice: clickstream 2/12, a duplicate from its client, at 7/12"
    ]


def test_a_frame_in_a_second_partition_is_counted_twice() -> None:
    audit = audited()
    group(audit, 10, 11, 12, 13, 14)
    assert group(audit, 12, partition=8) == [True]
    assert audit.uncounted().first == ["counted twice: clickstream 2/12 again at 8/100"]
    assert audit.altered.first == ["8/100: page b'/lamp' is also in partition 7"]


def test_a_copy_without_a_source_in_clickstream_is_reported() -> None:
    audit = audited()
    group(audit, 10, 11, 12, 13, 14)
    assert audit.add_grouped(7, 200, KEY, value(12), None) is False
    assert audit.uncounted().first == ["clickstream-group-by-page 7/200 has no source in clickstream"]


def test_a_copy_with_other_bytes_or_another_key_is_reported() -> None:
    audit = audited()
    audit.add_grouped(7, 100, KEY, value(10) + b" ", (2, 10))
    audit.add_grouped(7, 101, b"/sofa", value(11), (2, 11))
    assert audit.altered.first == [
        "7/100: bytes differ from clickstream 2/10",
        "7/101: key b'/sofa' is not the page of clickstream 2/11",
    ]


def test_dead_letters_account_for_unreadable_records_in_either_topic() -> None:
    audit = audited(2)
    audit.add_source(2, 12, b"{not a frame")
    group(audit, 10, 11)
    audit.add_grouped(7, 150, KEY, b"{not a frame", None)
    assert audit.uncounted().count == 2
    for _ in range(2):  # dead letters may be read again
        audit.add_dead_letter("clickstream", 2, 12)
        audit.add_dead_letter("clickstream-group-by-page", 7, 150)
    assert (audit.uncounted().count, audit.dead_frames) == (0, 2)


def test_a_frame_that_is_both_counted_and_a_dead_letter_is_reported() -> None:
    audit = audited(1)
    group(audit, 10)
    audit.add_dead_letter("clickstream", 2, 10)
    assert audit.uncounted().first == ["counted twice: clickstream 2/10 is also a dead letter"]


@pytest.mark.parametrize("source", [(2, 9), (2, 15), (3, 12)])
def test_frames_before_and_after_the_audit_are_no_difference(source: tuple[int, int]) -> None:
    audit = audited()
    group(audit, 10, 11, 12, 13, 14)
    audit.add_grouped(7, 300, KEY, b"whatever", source)
    assert (audit.uncounted().count, audit.altered.count) == (0, 0)


def test_offsets_without_a_record_are_not_reported_as_lost() -> None:
    audit = audited(2)
    audit.add_source(2, 20, value(20))
    assert all(group(audit, 10, 11, 20))
    assert (audit.frames, audit.uncounted().count) == (3, 0)


def test_the_first_few_of_many_differences_are_reported_and_all_counted() -> None:
    differences = audited(1000).uncounted()
    assert (differences.count, len(differences.first)) == (1000, SHOWN)
