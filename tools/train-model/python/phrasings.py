"""Ways to ask for a definition, and what careless typing does to a sentence."""

from __future__ import annotations

import random
import string

# {t} is a term, known or not: which of the two it is must be read from the term, not the frame.
DEFINITION_PHRASINGS: tuple[str, ...] = (
    "What is {t}?", "What is {t}?", "What's {t}?", "what is {t}", "What are {t}?", "What is {t} for?",
    "{t}", "{t}?", "Define {t}.", "Define {t}", "Explain {t}.", "explain {t}", "Describe {t}.",
    "Tell me about {t}.", "tell me about {t}", "Tell me what {t} is.", "[Can|Could] you explain {t}?",
    "[Can|Could|Would] you [please|] tell me what {t} is?", "Please explain {t}.", "Please explain what {t} is.",
    "What does {t} mean?", "what does {t} mean", "What does {t} do?", "What is meant by {t}?", "What exactly is {t}?",
    "What do you know about {t}?", "Do you know what {t} is?", "Do you know {t}?", "How does {t} work?", "how {t} works",
    "I want to know what {t} is.", "I would like to learn about {t}.", "I do not understand {t}.", "I don't get {t}.",
    "Give me a definition of {t}.", "Give me a short explanation of {t}.", "Why do [we|I|you] need {t}?", "Why {t}?",
    "What is the meaning of {t}?", "What is the [purpose|point|role] of {t}?", "What [is|are] {t} used for?", "And {t}?",
    "and what is {t}?",
    "What about {t}?", "ok, and what is {t}?", "hey, what is {t}?", "So what is {t}?", "Help me understand {t}.", "wtf is {t}",
    "Could you describe {t} [for me|in one sentence]?", "What can you tell me about {t}?", "Explain {t} to me [like I am five|please|].",
    "Tell me, what is {t}?", "I have heard of {t}, what is it?", "[Who|What] is {t}", "info on {t}", "Any idea what {t} is?",
    "meaning of {t}",
    "What do you mean by {t}?", "When [do|would] I use {t}?", "Is {t} important?", "what's the [idea|deal|story] with {t}?",
    "Say something about {t}.",
    "Kindly define {t}.", "What is this {t} thing?", "What is that {t} [stuff|thing]?", "In simple words, what is {t}?",
    "Can you define {t} for me?", "I wonder [about|what] {t} [is|].", "[Teach|Tell] me something about {t}.",
    "[Hi|Hello|Hey], can you explain {t}?", "definition: {t}", "explanation of {t}", "How would you [explain|define] {t}?",
    "I [am looking for|want|need] [a definition of|information about|the meaning of] {t}.",
    "[Would|Could] you [explain|define] what {t} is?", "{t} explained", "{t} meaning", "what, please, is {t}", "Is {t} a thing?",
    "what even is {t}", "Let's talk about {t}.", "What [would|do] you call {t}?",
    "Would you please define {t}?", "Could you tell me about {t}?", "In plain English, what is {t}?", "I am not sure what {t} is.",
    "Can you give me the definition of {t}?", "what {t} is", "Please tell me what {t} means.",
    "Hi, can you tell me what {t} means?", "I need to know about {t}.", "How would you describe {t}?", "Help me, what is {t}?",
    "Teach me about {t}.", "definition of {t}",
    "What is {t} good for?", "Can you tell me something about {t}?", "I'd like to know what {t} is.", "Do you have a definition of {t}?",
    "{t}, what is that?", "what's {t} [again|exactly|then]?", "[Explain|Describe] {t} [briefly|simply|in one sentence|please].",
    "What do [people|you|they] mean by {t}?", "Tell me the meaning of {t}.", "Is there a definition of {t}?", "Who or what is {t}?",
    "I never understood {t}.", "Explain what {t} is.", "explain {t} please", "What would you say {t} is?", "[Sorry|Excuse me], what is {t}?",
    "Can you describe {t}?", "what is {t} in [simple|plain|a few] words", "I have a question about {t}.", "How do you define {t}?",
)

# {x} is something to do, known or not.
ACTION_PHRASINGS: tuple[str, ...] = (
    "How [do|can|could|would|should] I {x}?", "How do you {x}?", "how to {x}", "How to {x}?", "I want to {x}.", "I would like to {x}.", "I need to {x}.",
    "[Tell|Show] me how [to|I can] {x}.", "What do I [do|need|have to do|need to do] to {x}?", "Can you [tell|show] me how to {x}?",
    "[Can|May|Could] I {x}?", "Please [tell me|explain|show me] how to {x}.", "What is the [best|easiest|right|simplest] way to {x}?", "Is there a way to {x}?",
    "Is it possible to {x}?", "Explain how to {x}.", "Help me {x}.", "I am trying to {x}.", "I'd like to {x}.", "Where can I {x}?",
    "What should I do to {x}?", "How does one {x}?", "Do you know how to {x}?", "how do i {x}", "how can i {x}",
)

PREFIXES = (
    "please ", "Please, ", "hey, ", "Hi, ", "Hello, ", "ok, ", "so, ", "um, ", "Well, ", "now ", "quick question: ", "Question: ",
    "I have a question. ", "One more thing: ", "can you tell me: ",
)
SUFFIXES = (" please", ", please", " thanks", " thank you", " pls", " in one sentence", " briefly", " for me", " :)", " exactly")


def with_typo(text: str, rng: random.Random) -> str:
    """One slip of the finger inside a word of five letters or more."""
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
    if not long:
        return text
    index = rng.choice(long)
    word = words[index]
    at = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        word = word[:at] + word[at + 1 :]
    elif kind == 1:
        word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    elif kind == 2:
        word = word[:at] + word[at] + word[at:]
    else:
        word = word[:at] + rng.choice(string.ascii_lowercase) + word[at + 1 :]
    words[index] = word
    return " ".join(words)


def restyled(text: str, rng: random.Random) -> str:
    """The casing and end mark of someone in a hurry; the words stay as they are."""
    kind = rng.random()
    if kind < 0.30:
        text = text.lower()
    elif kind < 0.34:
        text = text.upper()
    elif kind < 0.44:
        text = text[:1].lower() + text[1:]
    elif kind < 0.52:
        text = text[:1].upper() + text[1:]
    end = rng.random()
    if end < 0.25:
        text = text.rstrip("?.!")
    elif end < 0.33 and text[-1:].isalnum():
        text += rng.choice(("?", "?", ".", "!"))
    elif end < 0.36 and text:
        text += rng.choice((" ?", "??", "!", "...", "?!"))
    return text or "?"


def surrounded(text: str, rng: random.Random) -> str:
    """Now and then with polite words before or after it."""
    if rng.random() < 0.12:
        prefix = rng.choice(PREFIXES)
        text = prefix + text[:1].lower() + text[1:] if rng.random() < 0.6 else prefix + text
    if rng.random() < 0.07:
        mark = text[-1] if text[-1:] in "?.!" else ""
        text = text.rstrip("?.!") + rng.choice(SUFFIXES) + mark
    return text


def as_typed(text: str, rng: random.Random) -> str:
    """A sentence as a hurried user may type it: a typo, careless casing and marks."""
    return restyled(with_typo(text, rng) if rng.random() < 0.12 else text, rng)


def without_marks(text: str, rng: random.Random) -> str:
    """For sentences whose words an answer copies: only the end mark may be missing."""
    return text.rstrip("?.") or text if rng.random() < 0.3 else text
