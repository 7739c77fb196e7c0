"""`pageheat forget`: has a page's heat forgotten, or deletes all records in Kafka up to now."""

import argparse
from collections.abc import Sequence
from contextlib import closing
from difflib import get_close_matches

from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import OffsetSpec
from rich.console import Console
from rich.progress import Progress

from pageheat.broker import KafkaAway, require_kafka
from pageheat.commands.bounds import time_ms
from pageheat.kafka_log import KafkaLog
from pageheat.plural import counted
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.forgetting import LAST_MS, Forgotten, is_of_history_alone
from pageheat.services.contract.rights import TOOLS
from pageheat.services.contract.sites import parse_sites
from pageheat.services.contract.topics import BY_PAGE, read_specs
from pageheat.services.runtime import kafka_clients
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.logs import printable
from pageheat.services.runtime.settings import PageSettings, SiteSettings
from pageheat.services.runtime.topic_admin import KAFKA_TIMEOUT_S, require

HELP = "forget a page's heat, or delete all records of visitors from Kafka, up to now"

NEXT = """\
Restart the aggregators, so that they count from zero. Grids on screen cool within WINDOW_SECONDS, or change
with the next visit. Deleted records cannot be read; they leave the disk when Kafka closes their segments."""

NEXT_OF_PAGE = """\
Its heat is gone within a second, in the history within seconds, and no service or tool counts these records
again. Kafka keeps them until
the retention of clickstream and {topic} ends; 'pageheat forget --yes' deletes the records of all pages."""

SHOWN_PAGES = 3
"""Pages named in a message."""


class NoSuchPage(PageheatError):
    """No record is of that page."""


class NothingNamed(PageheatError):
    """What is to be forgotten is not said, or is nothing."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The page, and the confirmation."""
    parser.add_argument(
        "page", nargs="?", metavar="PAGE", help="only this page, such as /lamp, or //site/path"
    )
    parser.add_argument("--site", metavar="NAME", help="only the pages of this site of SITES")
    parser.add_argument(
        "--from", dest="begin", type=time_ms, metavar="TIME", help="only what the history has since this time"
    )
    parser.add_argument(
        "--to", dest="end", type=time_ms, metavar="TIME", help="only what it has before it: 2026-03-01T14:05Z"
    )
    parser.add_argument("--yes", action="store_true", help="do it; default: only count the records")


def run(arguments: argparse.Namespace) -> int:
    """0 if done, 1 if only the numbers of records were printed.

    Raises:
        NothingNamed: page, site and times name nothing.
        NoSuchPage: there are no records of the page.
        WrongTopics: a topic is missing.
        KafkaAway: Kafka does not answer, or refuses.
    """
    settings = PageSettings.load()
    is_span = _is_span(arguments)
    require_kafka(settings.kafka)
    require(settings.kafka, settings.kafka_replication, TOOLS["forget"])
    if is_span:
        _forget_span(settings, arguments)
    elif arguments.page:
        _forget_page(settings.kafka, settings.pages.key(arguments.page), sure=arguments.yes)
    else:
        _delete_all(settings.kafka, sure=arguments.yes)
    if not arguments.yes:
        some = arguments.page or arguments.site
        print(f"nothing is {'forgotten' if some else 'deleted'} without --yes")
    return 0 if arguments.yes else 1


def _is_span(arguments: argparse.Namespace) -> bool:
    """Whether a site or a span of time is to be forgotten.

    Raises:
        NothingNamed: see `run`. An empty name, as of a variable that is not set, does not mean everything.
    """
    begin_ms, end_ms = arguments.begin, arguments.end
    if "" in (arguments.page, arguments.site):
        raise NothingNamed("the page or site is empty: name one, such as /lamp, or give none for all records")
    if arguments.site is None and begin_ms is None and end_ms is None:
        return False
    if (arguments.page is None) == (arguments.site is None):
        raise NothingNamed("a span of time is of a page or of a site: give a page, or --site NAME")
    if begin_ms is not None and end_ms is not None and begin_ms >= end_ms:
        raise NothingNamed("--from should be before --to")
    return True


def _forget_page(cluster: Cluster, page: str, *, sure: bool) -> None:
    """Write the page's tombstone: readers of the topic count none of its records before it."""
    found = _records_by_page(cluster)
    if not found.get(page):
        near = get_close_matches(page, found, SHOWN_PAGES, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        older = f"; if the history has older ones: pageheat forget {page} --from 2000-01-01"
        raise NoSuchPage(printable(f"{BY_PAGE} has no records of {page}{hint or older}"))
    if sure:
        _write_tombstones(cluster, page)
    done = " will not be counted any more" if sure else ""
    print(f"{printable(page)}: {counted(found[page], 'record')}{done}")
    if sure:
        print(NEXT_OF_PAGE.format(topic=BY_PAGE))


def _forget_span(settings: PageSettings, arguments: argparse.Namespace) -> None:
    """Have the history forget a span of a page, or a site; of a site in all, also its live heat."""
    cluster, is_whole = settings.kafka, arguments.begin is None and arguments.end is None
    key = settings.pages.key(arguments.page) if arguments.page else f"//{arguments.site}/"
    end_ms = LAST_MS if arguments.end is None else arguments.end
    what = Forgotten(key, bool(arguments.site), arguments.begin or 0, end_ms)
    found = [page for page in _records_by_page(cluster) if page.startswith(key)]
    pages = found if is_whole else []
    if arguments.yes:
        for page in pages:
            _write_tombstones(cluster, page)
        _write_tombstones(cluster, key, what.headers)
    done = "is forgotten" if arguments.yes else "would be forgotten"
    known = sorted({*parse_sites(SiteSettings.load().sites).values()})
    if arguments.site and not found and arguments.site not in known:
        others = f", which has {', '.join(known)}," if known else ""
        print(f"{printable(key)} is no site of SITES{others} and {BY_PAGE} has no records of it")
    print(f"{printable(key)}: what the history has of it {'' if is_whole else 'in this span '}{done}")
    if pages:
        print(f"live heat of {counted(len(pages), 'page')} {done}")


def _records_by_page(cluster: Cluster) -> dict[str, int]:
    """The number of records of each page that still count."""
    found: dict[str, int] = {}
    console = Console(stderr=True)
    with closing(KafkaLog(cluster)) as log, _progress(console) as progress:
        places = log.edge(BY_PAGE, latest=False)
        ends = log.ends(places)
        bar = progress.add_task("reading", total=sum(ends.values()) - sum(place.offset for place in places))
        log.assign(places)
        for message in log.up_to(ends):
            progress.advance(bar)
            page = (message.key() or b"").decode("utf-8", "replace")
            if message.value() is None and is_of_history_alone(message.headers()):
                continue
            found[page] = 0 if message.value() is None else found.get(page, 0) + 1
    return found


def _progress(console: Console) -> Progress:
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def _write_tombstones(cluster: Cluster, key: str, headers: Sequence[tuple[str, bytes]] = ()) -> None:
    """In each partition, as only group_by knows which is the page's."""
    errors: list[KafkaError] = []

    def delivered(error: KafkaError | None, _: Message) -> None:
        errors.extend([error] if error else [])

    producer = kafka_clients.producer(cluster)
    topic = cluster.topic(BY_PAGE)
    for partition in range(read_specs()[BY_PAGE].partitions):
        producer.produce(topic, None, key.encode(), partition, headers=list(headers), on_delivery=delivered)
    if producer.flush(KAFKA_TIMEOUT_S) or errors:
        raise KafkaAway(f"Kafka accepts no records: {errors[0].str() if errors else 'no answer'}; try again")


def _delete_all(cluster: Cluster, *, sure: bool) -> None:
    specs = read_specs()
    admin = Admin(cluster)
    places = [
        TopicPartition(cluster.topic(name), p) for name, spec in specs.items() for p in range(spec.partitions)
    ]
    try:
        begins = _offsets(admin, places, OffsetSpec.earliest())
        ends = _offsets(admin, places, OffsetSpec.latest())
        if sure:
            wanted = [TopicPartition(*place, offset) for place, offset in ends.items()]
            for answer in admin.delete_records(wanted, request_timeout=KAFKA_TIMEOUT_S).values():
                answer.result()
    except KafkaException as error:
        raise KafkaAway(f"Kafka does not delete records: {admin.why(error)}") from None
    for name in specs:
        count = sum(ends[place] - begins[place] for place in ends if place[0] == cluster.topic(name))
        print(f"{name}: {counted(count, 'record')}{' deleted' if sure else ''}")
    if sure:
        print(NEXT)


def _offsets(admin: Admin, places: list[TopicPartition], spec: OffsetSpec) -> dict[tuple[str, int], int]:
    """The offset of each partition."""
    answers = admin.list_offsets(dict.fromkeys(places, spec), request_timeout=KAFKA_TIMEOUT_S)
    return {(place.topic, place.partition): answer.result().offset for place, answer in answers.items()}
