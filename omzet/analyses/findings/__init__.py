"""Findings: what in the data is worth saying, how sure that is, and what it is worth. One file for each rule."""

from omzet.analyses.findings.engine import find
from omzet.analyses.findings.finding import Audience, Figure, Finding, Findings, Looked, Opens
from omzet.analyses.findings.rules import RULES

__all__ = ["RULES", "Audience", "Figure", "Finding", "Findings", "Looked", "Opens", "find"]
