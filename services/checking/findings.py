"""Judges what is known of a page: each thing that heat needs, and what to do if it is missing. Pure."""

from pageheat.services.checking.evidence import Evidence, Finding
from pageheat.services.checking.ingest_findings import ingest_findings, name_finding
from pageheat.services.checking.page_findings import page_findings
from pageheat.services.contract.pages import Pages


def findings(evidence: Evidence, pages: Pages) -> list[Finding]:
    """All findings, those that decide first."""
    return [*page_findings(evidence), *ingest_findings(evidence), name_finding(evidence, pages)]
