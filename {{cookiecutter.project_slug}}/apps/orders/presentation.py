"""The timeline as rows of a page: every stage, reached or not, with its bar."""

from dataclasses import dataclass
from typing import Final

from .stages import STAGES, Stage
from .timeline import Observation

# The bars' own unit of length; the page stretches it to whatever room there is.
BAR_LENGTH: Final = 1000
SHORTEST_BAR: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One stage on the page; ``start`` and ``length`` are the bar's, out of :data:`BAR_LENGTH`."""

    stage: Stage
    observation: Observation | None = None
    start: int = 0
    length: int = 0


def rows(observations: list[Observation]) -> list[Row]:
    """Return a row for every stage; the bar shows the time from the stage before to this one."""
    total = max((observation.ms for observation in observations), default=0) or 1
    seen = {observation.stage.name: observation for observation in observations}
    found = []
    before = 0.0
    for stage in STAGES:
        observation = seen.get(stage.name)
        if observation is None:
            found.append(Row(stage=stage))
            continue
        start = min(round(before / total * BAR_LENGTH), BAR_LENGTH - SHORTEST_BAR)
        length = max(round(observation.ms / total * BAR_LENGTH) - start, SHORTEST_BAR)
        found.append(Row(stage=stage, observation=observation, start=start, length=length))
        before = observation.ms
    return found
