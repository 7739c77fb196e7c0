"""Which hosts are ours: what a request's `Host` may say."""

import pytest

from pageheat.services.contract.hosts import Hosts, host_of, parse_hosts
from pageheat.services.runtime.settings import HeatmapSettings, WrongSetting

HOSTS = Hosts(
    [
        "https://Heat.example.org",
        "http://192.168.1.5:8081",
        "http://[2001:DB8::5]:8002",
        "http://bücher.example",
    ],
    parse_hosts("stats, *.example.net, 10.0.0.7, [fd00::7], bücherei.example., *.städte.example"),
)


@pytest.mark.parametrize(
    "host",
    [
        "heat.example.org",
        "heat.example.org:8443",
        "HEAT.Example.ORG",
        "heat.example.org.",
        "heat.example.org.:80",
        "192.168.1.5:8081",
        "[2001:db8::5]",
        "[2001:db8:0:0:0:0:0:5]:8002",
        "xn--bcher-kva.example",
        "xn--bcherei-n2a.example:81",
        "stats:8081",
        "a.example.net",
        "a.b.example.net:8081",
        "10.0.0.7",
        "[fd00::7]:80",
        "a.xn--stdte-hra.example",
        "localhost",
        "localhost:9999",
        "LOCALHOST.",
        "blog.localhost:8081",
        "127.0.0.1:8081",
        "127.8.9.1",
        "[::1]:8081",
        "[0:0:0:0:0:0:0:1]",
    ],
)
def test_hosts_of_the_settings_and_of_this_machine_are_ours(host: str) -> None:
    assert HOSTS.include(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8081",
        "heat.example.org.evil.example",
        "evil.heat.example.org",
        "evilheat.example.org",
        "example.org",
        "example.net",
        "evilexample.net",
        "stats.evil.example",
        "localhost.evil.example",
        "evillocalhost",
        "127.0.0.1.evil.example",
        "127.0.0.1.nip.io",
        "0.0.0.0:8081",
        "192.168.1.6",
        "[2001:db8::6]",
        "[::]",
        "[127.0.0.1]",
        "::1",
        "localhost, evil.example",
        "localhost evil.example",
        "localhost@evil.example",
        "localhost#evil.example",
        "localhost/",
        "localhost:8081:80",
        "localhost:80a",
        "[::1",
        "[::1]evil.example",
        "bücher.example",
        "b\xc3\xbccher.example",
        "..",
        ".",
        "\x00",
    ],
)
def test_other_hosts_are_not_unless_a_star_allows_them(host: str) -> None:
    assert not HOSTS.include(host)
    assert Hosts([], parse_hosts("stats,*")).include(host)


@pytest.mark.parametrize(
    "entry",
    [
        "http://heat.example",
        "heat.example:8081",
        "heat.example/",
        "a b",
        "*.",
        "**",
        "*.*.example",
        "a*.example",
        "@a",
    ],
)
def test_an_entry_that_is_no_host_is_named(entry: str) -> None:
    with pytest.raises(WrongSetting, match=r"ALLOWED_HOSTS=.*should be a host alone"):
        HeatmapSettings.load(allowed_hosts=f"stats,{entry}")


def test_the_host_of_an_address_is_what_a_browser_says() -> None:
    assert host_of("https://Bücher.example:8443/a") == "xn--bcher-kva.example"
    assert host_of("http://[::0001]:80") == "::1"


@pytest.mark.parametrize(
    ("given", "ours", "strange"),
    [
        ({}, ["localhost:8081", "127.0.0.1:8002"], ["192.168.1.5:8081", "heat.example"]),
        ({"bind_address": "0.0.0.0"}, ["localhost"], ["192.168.1.5:8081", "0.0.0.0:8081"]),
        ({"bind_address": "192.168.1.5"}, ["192.168.1.5:8081"], ["192.168.1.6:8081"]),
        ({"bind_address": "fd00::5"}, ["[fd00::5]:8081"], ["[fd00::6]:8081"]),
        ({"bind_address": "0.0.0.0", "published_address": "192.168.1.5"}, ["192.168.1.5"], ["0.0.0.0"]),
        ({"bind_address": "not an address"}, ["localhost"], ["not"]),
        ({"heatmap_url": "https://heat.example"}, ["heat.example", "localhost"], ["example"]),
        ({"broadcaster_url": "https://data.example:444"}, ["data.example:444", "data.example"], []),
        (
            {"site_url": "https://shop.example", "sites": "blog=https://blog.example"},
            ["shop.example", "blog.example"],
            [],
        ),
        ({"origins": "https://www.shop.example,*"}, ["www.shop.example"], ["evil.example"]),
        ({"allowed_hosts": "heat,*.corp.example"}, ["heat:8081", "a.corp.example"], ["corp.example"]),
    ],
)
def test_the_settings_give_the_hosts(given: dict[str, str], ours: list[str], strange: list[str]) -> None:
    hosts = HeatmapSettings.load(_env_file=None, **given).hosts
    assert [host for host in ours if not hosts.include(host)] == []
    assert [host for host in strange if hosts.include(host)] == []


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "http://localhost:8081"),
        ({"heatmap_port": "9081"}, "http://localhost:9081"),
        ({"bind_address": "0.0.0.0"}, "http://localhost:8081"),
        ({"bind_address": "192.168.1.5"}, "http://192.168.1.5:8081"),
        ({"bind_address": "::"}, "http://localhost:8081"),
        ({"bind_address": "fd00::5"}, "http://[fd00::5]:8081"),
        ({"bind_address": "192.168.1.5", "heatmap_url": "https://heat.example/"}, "https://heat.example"),
    ],
)
def test_the_front_ends_address_follows_what_it_listens_on(given: dict[str, str], url: str) -> None:
    assert HeatmapSettings.load(_env_file=None, **given).heatmap_url == url
