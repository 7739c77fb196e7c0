"""Prints a script as ingest serves it: `python -m frontends.tracker tracker.js`."""

import argparse
import sys

from frontends.tracker import scripts

parser = argparse.ArgumentParser(prog="python -m frontends.tracker", description=__doc__)
parser.add_argument("name", choices=scripts())
sys.stdout.buffer.write(scripts()[parser.parse_args().name].body)
