"""The tasks whose questions are made from values, by category."""

from __future__ import annotations

import random
from collections.abc import Callable

from arithmetic import addition, beyond_sums, counting, counting_between, negative_difference, subtraction
from intents import Example
from json_replies import introduction, json_reply, json_with_unseen_name, repetition
from stories import story, story_of_unseen

TASKS: dict[str, Callable[[random.Random, bool], Example]] = {
    "addition": addition,
    "subtraction": subtraction,
    "beyond sums": beyond_sums,
    "counting": counting,
    "story": story,
    "json": json_reply,
    "introduction": introduction,
    "repeat": repetition,
}

DRILLS: dict[str, Callable[[random.Random, bool], Example]] = {
    "counting between": counting_between,
    "negative difference": negative_difference,
}
"""Parts of a task that a mix may ask for by themselves. Training alone draws them: held-out questions come from the whole tasks."""

UNSEEN_WORDS: tuple[Callable[[random.Random], Example], ...] = (json_with_unseen_name, story_of_unseen)
"""Beside the phrasing a word that is copied is new, too; scored apart."""
