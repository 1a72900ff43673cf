"""The sections of a comparison's page, in reading order."""

from reports.comparison_sections import (
    cost,
    differences,
    findings,
    flips,
    forest,
    multiples,
    pareto,
    reproduce,
    warnings,
)
from reports.comparison_view import ComparisonView
from reports.section import Chapter

CHAPTERS: tuple[Chapter[ComparisonView], ...] = (
    differences.CHAPTER,
    warnings.CHAPTER,
    forest.CHAPTER,
    pareto.CHAPTER,
    flips.CHAPTER,
    cost.CHAPTER,
    findings.CHAPTER,
    multiples.CHAPTER,
    reproduce.CHAPTER,
)
