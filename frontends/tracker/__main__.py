"""Prints a script as ingest serves it: `python -m pageheat.frontends.tracker tracker.js`."""

import argparse
import sys

from pageheat.frontends.tracker import ENTRIES, scripts
from pageheat.services.runtime.settings import PageSettings

parser = argparse.ArgumentParser(prog="python -m pageheat.frontends.tracker", description=__doc__)
parser.add_argument("name", choices=ENTRIES)
sys.stdout.buffer.write(scripts(PageSettings.load().pages)[parser.parse_args().name].body)
