"""`pageheat token`: makes an access token that lets viewers see a site's grids."""

import argparse
import sys

from pageheat.commands.bounds import within
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.sites import parse_sites
from pageheat.services.contract.tokens import MAX_HOURS, issue
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.settings import TokenSettings

HELP = "make an access token for viewers of private grids"

USE = """
In a browser: paste it where the panel or the list of warm pages asks for it, or append
#pageheat-token=<token> to the heat map's address. Tools send it as 'Authorization: Bearer <token>'.
It is valid for {hours:g} h, for {what}. Anyone with the token can view: treat it like a password."""


class NoSecret(PageheatError):
    """VIEW_SECRET isn't set."""


class NoSuchSite(PageheatError):
    """The site is not in the settings."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The token's scope and lifetime."""
    parser.add_argument(
        "--site", default="", metavar="NAME", help="a name in SITES (default: SITE_URL's pages)"
    )
    parser.add_argument(
        "--prefix",
        default="/",
        metavar="PATH",
        help="the page and all pages below it (default: /, the whole site)",
    )
    parser.add_argument(
        "--hours",
        type=within(float, 0.01, MAX_HOURS),
        default=8.0,
        metavar="H",
        help=f"its lifetime, at most {MAX_HOURS} (default: 8, a working day)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the token to standard output, and how to use it to standard error.

    Raises:
        PageheatError: the secret is missing or too short, or the site or path is invalid.
    """
    settings = TokenSettings.load()
    secret = settings.view_secret.get_secret_value()
    if not secret:
        raise NoSecret(
            "VIEW_SECRET is not set, so grids are public and tokens cannot be signed: set it to the "
            "same value for this command and for broadcaster, e.g. the output of 'openssl rand -base64 32'"
        )
    sites = sorted(parse_sites(settings.sites).values())
    if arguments.site not in ("", *sites):
        known = f"it has {', '.join(sites)}" if sites else "which is empty"
        raise NoSuchSite(f"--site {arguments.site}: expected a name in SITES ({known}), or no --site")
    ends_s = wall_clock_ms() // 1000 + round(3600 * arguments.hours)
    token = issue(secret, arguments.site, arguments.prefix, ends_s)
    what = f"{arguments.prefix} and all pages below it on {arguments.site or settings.site_url}"
    print(token, flush=True)
    print(USE.format(hours=arguments.hours, what=what), file=sys.stderr)
    if settings.of_this_machine:
        print("It is not required yet: broadcaster listens on this machine only.", file=sys.stderr)
    return 0
