"""A contender's side of a comparison: plays a round for each line that it is sent."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

Outcome = dict[str, Any]


def timed(action: Callable[[], None]) -> float:
    """Return the processor time, in seconds, that an action took."""
    started = time.process_time()
    action()
    return time.process_time() - started


def serve(play: Callable[[], Outcome]) -> None:
    """
    Answer each line of standard input with the outcome of one round, as one line of JSON.

    A round sets itself up, times what is compared, and says what came of it.
    """
    for _ in sys.stdin:
        outcome = play()
        sys.stdout.write(json.dumps(outcome) + "\n")
        sys.stdout.flush()
