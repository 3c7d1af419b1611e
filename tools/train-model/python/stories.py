"""Short stories: one for creatures, one for people, one for things, one for whoever has a name."""

from __future__ import annotations

import random

import held_out_phrasings as held_out_in
from intents import Example, choose, filled
from words import CREATURES, NAMES, PEOPLE, THINGS

STORY_PHRASINGS = (
    "Tell me a [short|] story about {s}.", "tell me a story about {s}", "Write a [short|] story about {s}.",
    "write a short story about {s}", "a story about {s}", "story about {s}", "Can you tell me a [short|] story about {s}?",
    "Could you write a [short|little|] story about {s}?", "Tell a [short|little|] story about {s}.",
    "I want [to hear|to read|] a story about {s}.", "Please tell me a [short|] story about {s}.", "Give me a [short|] story about {s}.",
    "Make up a story about {s}.", "Invent a story about {s}.", "Do you know a story about {s}?", "short story about {s}",
    "short story, {s}", "a short story about {s} please", "Write me a story about {s}.", "Tell me a tale about {s}.",
    "I would like a story about {s}.", "Tell us a story about {s}.", "Once more a story, now about {s}.", "Now a story about {s}.",
    "Write a bedtime story about {s}.", "write about {s}",
    "Could you tell me a story about {s}?", "I would like to hear a short story about {s}.", "Please write a short story about {s}.",
    "Can you make up a story about {s}?", "one story about {s}, please",
    "Tell me something about {s}, as a story.", "story please, about {s}", "tell me a story with {s}", "Tell a story of {s}.", "make a story about {s}",
    "Would you write a story about {s}?", "Let me hear a story about {s}.", "Can you tell us a story about {s}?", "I need a story about {s}.",
)
ANY_STORY = (
    "Tell me a [short|] story.", "tell me a story", "story", "a story", "Write a [short|] story.", "Can you tell [me|] a story?",
    "Tell a story.", "Do you know a [story|tale]?", "I want a story.", "a story please", "Give me a story.", "bedtime story",
    "Write me a story.", "Do you know any stories?", "short story",
    "Please tell me a story.", "Could you tell me a short story?", "I would like to hear a story.",
    "Tell me any story.", "Make up a story.", "Could you tell a story?", "I would like a story.", "one story please", "another story", "Read me a story.",
)

_CREATURE = (
    "Once there was {a} {s} who lived near the forest. One morning the {s} found a silver key by the road. A child had lost it, so the {s} "
    "gave it back. The child smiled, and from then on they were friends and met every day."
)
_PERSON = (
    "Once there was {a} {s} who lived by the sea. One evening the {s} saw a small light far out on the water. It was a friend who had lost "
    "the way, and the {s} brought him home. They drank hot tea and laughed until the stars came out."
)
_THING = (
    "Once there was {a} {s} at the edge of the world, and nobody ever came to see it. One night a small bird lost its way in the rain. "
    "The {s} kept it safe until the morning, and the bird promised to return. From then on the {s} was never alone."
)
_NAMED = (
    "Once there was a child named {s} who lived in a quiet valley. One morning {s} found an old map under a stone. It led to an open door, "
    "and behind it was a warm room with soup and music. {s} came home late and told everyone about it."
)


def _told(template: str, subject: str) -> str:
    article = "an" if subject[0] in "aeiou" else "a"
    return template.replace("{a}", article).replace("{s}", subject)


def story_about(subject: str) -> str:
    """The story of a subject in the word lists, or of a name."""
    if subject[0].isupper():
        return _told(_NAMED, subject)
    return _told(_PERSON if subject in PEOPLE else _THING if subject in THINGS else _CREATURE, subject)


def _as_asked(subject: str, rng: random.Random) -> str:
    article = "an" if subject[0] in "aeiou" else "a"
    plural = f"{subject}s" if subject[-1] not in "sxyhf" and not subject.endswith(("sheep", "goose", "mouse", "man", "moose", "child", "dwarf", "fe", "deer")) else f"the {subject}"
    return rng.choice((f"{article} {subject}",) * 8 + (f"the {subject}", f"the {subject}", f"my {subject}", subject, f"a little {subject}", plural))


def story(rng: random.Random, held_out: bool) -> Example:
    if rng.random() < 0.15:
        return Example("story", choose(rng.choice(held_out_in.ANY_STORY if held_out else ANY_STORY), rng), story_about("fox"))
    patterns = held_out_in.STORY if held_out else STORY_PHRASINGS
    if rng.random() < 0.10:
        name = rng.choice(NAMES)
        return Example("story", filled(patterns, rng, s=name), story_about(name), fragile=True)
    subject = rng.choice(rng.choice((CREATURES, CREATURES, PEOPLE, THINGS)))
    question = filled(patterns, rng, s=_as_asked(subject, rng))
    if not held_out and rng.random() < 0.3:
        question = question.lower()
    return Example("story", question, story_about(subject), fragile=True)


def story_of_unseen(rng: random.Random) -> Example:
    """About a creature that training never names."""
    subject = rng.choice(held_out_in.UNSEEN_STORY_SUBJECTS)
    article = "an" if subject[0] in "aeiou" else "a"
    return Example("story, unseen subject", filled(held_out_in.STORY, rng, s=f"{article} {subject}"), story_about(subject), fragile=True)
