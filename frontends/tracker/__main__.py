"""Prints a script as ingest serves it: `python -m pageheat.frontends.tracker tracker.js`."""

import argparse
import sys

from pageheat.frontends.tracker import scripts

parser = argparse.ArgumentParser(prog="python -m pageheat.frontends.tracker", description=__doc__)
parser.add_argument("name", choices=scripts())
sys.stdout.buffer.write(scripts()[parser.parse_args().name].body)
