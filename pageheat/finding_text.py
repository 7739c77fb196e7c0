"""Findings as text: a line each, with what to do below."""

from collections.abc import Iterator, Sequence

from pageheat.services.checking.evidence import Finding
from pageheat.services.runtime.logs import printable


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """The lines of all findings, their details below each other."""
    width = max((len(finding.name) for finding in findings), default=0)
    for finding in findings:
        yield f"{finding.outcome}  {finding.name:<{width}}  {printable(finding.detail)}"
        for advice in finding.advice.splitlines():
            yield f"      {'':<{width}}  → {printable(advice)}"
