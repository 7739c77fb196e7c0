"""`pageheat token`: makes an access token for whoever may look at a site's pages."""

import argparse
import sys

from pageheat.commands.bounds import within
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.sites import parse_sites
from pageheat.services.contract.tokens import issue
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.settings import TokenSettings

HELP = "make an access token, for those who may look at private grids"

MAX_HOURS = 31 * 24
"""A month: a token can't be taken back, short of another VIEW_SECRET, which ends all."""

USE = """
In a browser: paste it where the panel or the list of warm pages asks for it, or open the heat map with
#pageheat-token=<token> behind its address. Tools send it as 'Authorization: Bearer <token>'.
It is good for {hours:g} h, for {what}. Whoever has it can look: hand it on as you would a password."""


class NoSecret(PageheatError):
    """VIEW_SECRET isn't set."""


class NoSuchSite(PageheatError):
    """The settings don't name the site."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the token is for."""
    parser.add_argument(
        "--site", default="", metavar="NAME", help="a name in SITES (default: SITE_URL's pages)"
    )
    parser.add_argument(
        "--prefix",
        default="/",
        metavar="PATH",
        help="that page and all below it (default: /, the whole site)",
    )
    parser.add_argument(
        "--hours",
        type=within(float, 0.01, MAX_HOURS),
        default=8.0,
        metavar="H",
        help=f"for how long, {MAX_HOURS} at most (default: 8, a working day)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the token on standard output, and what to do with it on standard error.

    Raises:
        PageheatError: there is no secret, or it is too short; no such site; no such path.
    """
    settings = TokenSettings.load()
    secret = settings.view_secret.get_secret_value()
    if not secret:
        raise NoSecret(
            "VIEW_SECRET is not set, so grids are public and there is nothing to sign with: "
            "set it for this command and for broadcaster alike, to what 'openssl rand -base64 32' prints, say"
        )
    sites = sorted(parse_sites(settings.sites).values())
    if arguments.site not in ("", *sites):
        known = f"it has {', '.join(sites)}" if sites else "which is empty"
        raise NoSuchSite(f"--site {arguments.site}: it should be a name in SITES ({known}), or left out")
    ends_s = wall_clock_ms() // 1000 + round(3600 * arguments.hours)
    token = issue(secret, arguments.site, arguments.prefix, ends_s)
    what = f"{arguments.prefix} and what is below on {arguments.site or settings.site_url}"
    print(token, flush=True)
    print(USE.format(hours=arguments.hours, what=what), file=sys.stderr)
    if settings.of_this_machine:
        print("Nobody is asked for it yet: broadcaster is reached from this machine alone.", file=sys.stderr)
    return 0
