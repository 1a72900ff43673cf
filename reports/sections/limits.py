"""What is not modelled."""

from reports.run_view import RunView
from reports.section import Chapter, Content
from reports.sentence import Name, count, say

_ALWAYS = (
    "The token has no market price; amounts are in MNFT and never in money of the world.",
    "No transaction waits or is overtaken: there is no mempool, no fee market and no reordering.",
    "Agents follow the strategies of the scenario and do not invent new ones.",
    "Rewards by emission, disputes by committee, resale markets and bridges are not part of it.",
)


def _build(view: RunView) -> Content:
    found = [say(sentence) for sentence in _ALWAYS]
    if view.manifest.srs:
        found.insert(
            0,
            say(
                "The proofs' reference string ({srs}) was made locally, not in a ceremony: "
                "its maker could forge proofs.",
                srs=Name(view.manifest.srs),
            ),
        )
    if view.manifest.engine == "none":
        found.insert(0, say("No contract ran: the figures are the reference model's alone."))
    finding = say("{many} to what can be read from this run.", many=count(len(found), "limits"))
    return Content("not asked", finding, notes=tuple(found))


CHAPTER = Chapter("limits", "Limits", "What is not modelled?", _build)
