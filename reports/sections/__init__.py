"""The sections of a run's page, in reading order."""

from reports.run_view import RunView
from reports.section import Chapter
from reports.sections import (
    access,
    claims,
    concentration,
    deterrence,
    gas,
    governance,
    invariants,
    licensing,
    limits,
    money,
    parameters,
    plausibility,
    prices,
    refusals,
    reproduce,
    resales,
    service,
    shocks,
    verification,
    warnings,
)

CHAPTERS: tuple[Chapter[RunView], ...] = (
    claims.CHAPTER,
    warnings.CHAPTER,
    invariants.CHAPTER,
    plausibility.CHAPTER,
    money.CHAPTER,
    prices.CHAPTER,
    shocks.CHAPTER,
    licensing.CHAPTER,
    service.CHAPTER,
    resales.CHAPTER,
    access.CHAPTER,
    concentration.CHAPTER,
    deterrence.CHAPTER,
    verification.CHAPTER,
    governance.CHAPTER,
    gas.CHAPTER,
    refusals.CHAPTER,
    parameters.CHAPTER,
    limits.CHAPTER,
    reproduce.CHAPTER,
)
