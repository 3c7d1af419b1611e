"""Tasks with room for values: sums, counting, stories and JSON.

Each task draws its values from a pool split once into training and held-out parts, so that the
held-out score says whether the model computes or copies, or merely remembers.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

from intents import choose
from words import (
    HELD_OUT_NAMES,
    HELD_OUT_STORY_SUBJECTS,
    ITEMS,
    NAMES,
    STORY_SUBJECTS,
    invented_word,
)

NUMBER_WORDS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
    twenty
""".split()

LARGEST_OPERAND = 20
LARGEST_COUNT = 30
SUM_LIMIT = "I can only add or subtract two whole numbers from 0 to 20."
COUNT_LIMIT = "I only count up to 30."


@dataclass(frozen=True)
class Example:
    """A question and its one right answer."""

    category: str
    question: str
    answer: str
    fragile: bool = False
    """True if a typo could change the answer, because the answer copies words of the question."""


def is_held_out_pair(a: int, b: int, salt: int) -> bool:
    """One fifth of all pairs, scattered; the same for every run."""
    return random.Random(a * 1009 + b * 31 + salt * 7919).random() < 0.2


ADD_PHRASINGS = (
    "{a}+{b}", "{a} + {b}", "{a}+{b}=", "{a} + {b} =", "{a} + {b} = ?", "{a}+{b}=?", "{a} plus {b}", "{a} plus {b}?",
    "What is {a} plus {b}?", "What is {a} + {b}?", "what is {a}+{b}", "What's {a} plus {b}?", "what's {a}+{b}?",
    "Add {a} and {b}.", "add {a} and {b}", "Add {b} to {a}.", "add {a}+{b}", "How much is {a} plus {b}?", "How much is {a} + {b}?",
    "how much is {a} and {b}", "What is the sum of {a} and {b}?", "sum of {a} and {b}", "sum {a} {b}", "Calculate {a} + {b}.",
    "calculate {a} plus {b}", "Compute {a}+{b}.",
    "Can you add {a} and {b}?", "[Could|Can] you [tell me what|calculate] {a} plus {b} [is|]?", "Tell me {a} plus {b}.",
    "I have {a} apples and get {b} more. How many [apples|] do I have?", "What do you get if you add {a} and {b}?",
    "What does {a} + {b} equal?", "What does {a} plus {b} make?", "solve {a} + {b}", "Do you know {a} plus {b}?", "{a} and {b} is?",
    "{a} added to {b}", "Please add {a} and {b}.", "and {a} + {b}?", "What about {a}+{b}?", "So {a} plus {b}?", "evaluate {a} + {b}",
    "quick: {a}+{b}", "Math: {a} + {b}", "{a} plus {b} equals", "{a} plus {b} is what?", "The sum of {a} and {b} is?",
    "What is {a} and {b} together?",
)
HELD_OUT_ADD_PHRASINGS = (
    "Please tell me what {a} + {b} is.", "What would {a} plus {b} be?", "Give me the sum of {a} and {b}.",
    "could you add {a} and {b} for me", "{a} + {b} is?", "I need {a} plus {b}.", "What number is {a} plus {b}?", "Hi, what is {a} + {b}?",
)

SUBTRACT_PHRASINGS = (
    "{a}-{b}", "{a} - {b}", "{a}-{b}=", "{a} - {b} =", "{a} - {b} = ?", "{a}-{b}=?", "{a} minus {b}", "{a} minus {b}?",
    "What is {a} minus {b}?", "What is {a} - {b}?", "what is {a}-{b}", "What's {a} minus {b}?", "what's {a}-{b}?", "Subtract {b} from {a}.",
    "subtract {b} from {a}", "Take {b} from {a}.", "Take {b} away from {a}.",
    "How much is {a} minus {b}?", "How much is {a} - {b}?", "Calculate {a} - {b}.", "calculate {a} minus {b}", "Compute {a}-{b}.",
    "Can you subtract {b} from {a}?", "[Could|Can] you [tell me what|calculate] {a} minus {b} [is|]?", "Tell me {a} minus {b}.",
    "I have {a} apples and eat {b}. How many [apples|] are left?", "What is left of {a} if you take away {b}?",
    "What does {a} - {b} equal?", "solve {a} - {b}", "Do you know {a} minus {b}?", "Please subtract {b} from {a}.", "and {a} - {b}?",
    "What about {a}-{b}?", "So {a} minus {b}?", "evaluate {a} - {b}", "quick: {a}-{b}", "Math: {a} - {b}", "{a} minus {b} equals",
    "{a} minus {b} is what?", "{a} take away {b}", "{a} less {b}",
)
HELD_OUT_SUBTRACT_PHRASINGS = (
    "Please tell me what {a} - {b} is.", "What would {a} minus {b} be?", "could you subtract {b} from {a} for me", "{a} - {b} is?",
    "I need {a} minus {b}.", "What number is {a} minus {b}?", "Hi, what is {a} - {b}?",
)

BEYOND_PHRASINGS = (
    "{a} * {b}", "{a}*{b}", "{a} x {b}", "{a}x{b}", "{a} times {b}", "What is {a} times {b}?", "what is {a}*{b}", "Multiply {a} by {b}.",
    "multiply {a} and {b}", "What is {a} multiplied by {b}?", "{a} / {b}", "{a}/{b}", "What is {a} divided by {b}?", "Divide {a} by {b}.",
    "what is {a}/{b}", "How much is {a} times {b}?", "What is {a} percent of {b}?", "What is {a}% of {b}?",
    "What is the square root of {a}?", "sqrt({a})", "{a}^{b}", "What is {a} to the power of {b}?", "What is {a} squared?",
    "Is {a} a prime number?", "What is the square of {a}?", "{a} + {b} + {c}", "{a}+{b}+{c}", "What is {a} plus {b} plus {c}?",
    "{a} - {b} + {c}", "{a} + {b} - {c}", "Add {a}, {b} and {c}.", "{a}.5 + {b}", "{a} + {b}.5", "What is {a}.5 plus {b}.2?",
    "What is half of {a}?", "Double {a}.", "calculate {a} * {b}", "Calculate {a} times {b}.", "What is the average of {a} and {b}?",
    "({a} + {b}) * {c}", "What is the product of {a} and {b}?", "factorial of {a}", "{a}!", "Which is larger, {a} or {b}?",
    "solve x + {a} = {b}", "{a} mod {b}",
)
HELD_OUT_BEYOND_PHRASINGS = (
    "How much is {a} multiplied by {b}?", "Please multiply {a} by {b}.", "Can you divide {a} by {b}?", "calculate {a} / {b}",
    "Tell me {a} times {b}.", "What is {a}+{b}+{c}?",
)

COUNT_PHRASINGS = (
    "Count from {a} to {b}.", "count from {a} to {b}", "Count {a} to {b}.", "count {a} to {b}", "count {a}-{b}",
    "Can you count from {a} to {b}?", "Could you count from {a} to {b}?", "Please count from {a} to {b}.", "Count from {a} up to {b}.",
    "Start at {a} and count to {b}.", "List the numbers from {a} to {b}.", "list numbers {a} to {b}",
    "Give me the numbers from {a} to {b}.", "Write the numbers from {a} to {b}.", "Say the numbers from {a} to {b}.",
    "numbers from {a} to {b}", "Show me the numbers from {a} to {b}.", "Print the numbers {a} to {b}.", "Name all numbers from {a} to {b}.",
    "Tell me the numbers from {a} to {b}.", "from {a} to {b}, count", "Count for me from {a} to {b}.",
    "I want you to count from {a} to {b}.",
)
HELD_OUT_COUNT_PHRASINGS = (
    "Could you list the numbers from {a} to {b}?", "Please count {a} to {b}.", "Counting from {a} to {b}, please.",
    "Can you say the numbers from {a} to {b}?", "Begin at {a} and count up to {b}.",
)
COUNT_TO_PHRASINGS = (
    "Count to {b}.", "count to {b}", "Can you count to {b}?", "Please count to {b}.", "Count up to {b}.", "Could you count to {b}?",
    "Count to {b} for me.", "I want you to count to {b}.", "counting to {b}", "Count till {b}.", "Count until {b}.",
)
HELD_OUT_COUNT_TO_PHRASINGS = ("Could you please count up to {b}?", "Show me that you can count to {b}.", "Let us count to {b}.")
COUNT_DOWN_PHRASINGS = (
    "Count down from {b}.", "Count backwards from {b}.", "count down from {b}", "Count backward from {b} to 1.",
    "Can you count down from {b}?", "Countdown from {b}.", "countdown {b}", "Count from {b} down to 1.", "Count down from {b} to 1.",
    "Please count backwards from {b}.",
)
HELD_OUT_COUNT_DOWN_PHRASINGS = ("Could you count backwards from {b}?", "Please count down from {b}.")

STORY_PHRASINGS = (
    "Tell me a [short|] story about {s}.", "tell me a story about {s}", "Write a [short|] story about {s}.",
    "write a short story about {s}", "a story about {s}", "story about {s}", "Can you tell me a [short|] story about {s}?",
    "Could you write a [short|little|] story about {s}?", "Tell a [short|little|] story about {s}.",
    "I want [to hear|to read|] a story about {s}.", "Please tell me a [short|] story about {s}.", "Give me a [short|] story about {s}.",
    "Make up a story about {s}.", "Invent a story about {s}.", "Do you know a story about {s}?", "short story about {s}",
    "short story, {s}", "a short story about {s} please", "Write me a story about {s}.", "Tell me a tale about {s}.",
    "I would like a story about {s}.", "Tell us a story about {s}.", "Once more a story, now about {s}.", "Now a story about {s}.",
    "Write a bedtime story about {s}.", "write about {s}",
)
HELD_OUT_STORY_PHRASINGS = (
    "Could you tell me a story about {s}?", "I would like to hear a short story about {s}.", "Please write a short story about {s}.",
    "Can you make up a story about {s}?", "one story about {s}, please",
)
ANY_STORY = (
    "Tell me a [short|] story.", "tell me a story", "story", "a story", "Write a [short|] story.", "Can you tell [me|] a story?",
    "Tell a story.", "Do you know a [story|tale]?", "I want a story.", "a story please", "Give me a story.", "bedtime story",
    "Write me a story.", "Do you know any stories?", "short story",
)
HELD_OUT_ANY_STORY = ("Please tell me a story.", "Could you tell me a short story?", "I would like to hear a story.")

USER_PHRASINGS = (
    "Give me JSON for a user named {n} aged {g}.", "JSON for a user named {n} aged {g}", "Make JSON for a user named {n}, age {g}.",
    "Write JSON for a user called {n} who is {g}.", "Give me a JSON [user|object] with name {n} and age {g}.", "json user {n} {g}",
    "json name {n} age {g}", "Return JSON: name {n}, age {g}.", "Create a JSON object for {n}, {g} years old.",
    "I need JSON for {n} aged {g}.", "A user named {n} is {g} years old. Give me JSON.",
    "Write a JSON object with the name {n} and the age {g}.", "Please give me JSON for a user {n} of age {g}.",
    "Turn this into JSON: {n} is {g} years old.", "Convert to JSON: {n}, {g}.", "Output JSON for the user {n}, aged {g}.",
    "{n} is {g}. As JSON, please.", "Can you make JSON for a user named {n} who is {g} years old?", "user {n}, age {g}, as JSON",
    "Show {n}, age {g}, as JSON.", "generate json for user {n} age {g}", "Generate a JSON user with name {n} and age {g}.",
)
HELD_OUT_USER_PHRASINGS = (
    "Please write JSON for a user named {n}, aged {g}.", "Could you give me JSON for {n}, who is {g} years old?",
    "I want a JSON object with the name {n} and age {g}.", "Create JSON for a user with name {n} and age {g}.",
)
ORDER_PHRASINGS = (
    "Give me JSON for an order of {q} {i}s.", "JSON for an order of {q} {i}s", "Make JSON for an order: {q} {i}s.",
    "Write JSON for an order with item {i} and quantity {q}.", "json order {i} {q}", "I need JSON for an order of {q} {i}s.",
    "Return JSON for an order of {q} {i}s.", "Create a JSON order for {q} {i}s.", "An order has {q} {i}s. Give me JSON.",
    "Turn this order into JSON: {q} {i}s.", "Please give me a JSON order with {q} {i}s.", "Output an order of {q} {i}s as JSON.",
    "Generate JSON for an order of {q} {i}s.", "order {q} {i}s as JSON",
)
HELD_OUT_ORDER_PHRASINGS = (
    "Please write JSON for an order of {q} {i}s.", "Could you make a JSON order of {q} {i}s?", "I want JSON for an order with {q} {i}s.",
)
LIST_PHRASINGS = (
    "Give me a JSON array of the numbers 1 to {b}.", "JSON array from 1 to {b}", "JSON list of numbers from 1 to {b}",
    "Write a JSON array with the numbers 1 to {b}.", "Make a JSON list from 1 to {b}.", "Count to {b} in JSON.",
    "Count from 1 to {b} as JSON.", "json array 1 to {b}", "Return the numbers 1 to {b} as a JSON array.",
    "Please write the numbers 1 to {b} as JSON.",
)
HELD_OUT_LIST_PHRASINGS = ("Could you write a JSON array of the numbers 1 to {b}?", "The numbers 1 to {b} as a JSON list, please.")
ANY_USER = (
    "Give me [a|some|] JSON [for|of] a user.", "JSON user", "Write JSON for a user.", "a user as JSON", "Give me a user in JSON.",
    "Make a JSON user.", "JSON for a user with name and age", "Give me a user with name and age as JSON.",
    "Write a JSON object for a person.", "a person in JSON",
)
ANY_ORDER = (
    "Give me [a|some|] JSON [for|of] an order.", "JSON order", "Write JSON for an order.", "an order as JSON", "Give me an order in JSON.",
    "Make a JSON order.", "Create a JSON order.", "show an order in JSON",
)
ANY_JSON = (
    "json", "JSON", "Give me [some|] JSON.", "Write [some|] JSON.", "Answer in JSON.", "Give me a JSON object.", "Write a JSON object.",
    "Show me [some|] JSON.", "a JSON object", "Return JSON.", "Reply in JSON.", "some JSON please", "Can you write JSON?",
    "Make [some|a] JSON [object|example|].", "JSON example", "Give me an example of JSON.", "valid json", "I need JSON.",
)
HELD_OUT_ANY_JSON = ("Please give me some JSON.", "Could you write some JSON?", "I would like a JSON object.")


def any_name(rng: random.Random, held_out: bool) -> str:
    """In training half of the names are made up, so that names are copied and not recalled."""
    if held_out:
        return rng.choice(HELD_OUT_NAMES)
    return invented_word(rng).capitalize() if rng.random() < 0.5 else rng.choice(NAMES)


def _filled(patterns: tuple[str, ...], rng: random.Random, **values: object) -> str:
    text = choose(rng.choice(patterns), rng)
    for key, value in values.items():
        text = text.replace("{" + key + "}", str(value))
    return text


def _operands(rng: random.Random, held_out: bool, salt: int) -> tuple[int, int]:
    """More than half the time numbers as people ask for them, up to ten."""
    largest = 10 if rng.random() < 0.55 else LARGEST_OPERAND
    while True:
        a, b = rng.randint(0, largest), rng.randint(0, largest)
        low, high = (min(a, b), max(a, b)) if salt == 1 else (a, b)
        if is_held_out_pair(low, high, salt) == held_out:
            return a, b


def _spelled(number: int, rng: random.Random, share: float) -> str:
    return NUMBER_WORDS[number] if number <= 20 and rng.random() < share else str(number)


def addition(rng: random.Random, held_out: bool) -> Example:
    a, b = _operands(rng, held_out, 1)
    share = 1 if not held_out and max(a, b) <= 20 and rng.random() < 0.12 else 0
    question = _filled(HELD_OUT_ADD_PHRASINGS if held_out else ADD_PHRASINGS, rng, a=_spelled(a, rng, share), b=_spelled(b, rng, share))
    return Example("addition", question, f"{a} plus {b} is {a + b}.")


def subtraction(rng: random.Random, held_out: bool) -> Example:
    a, b = _operands(rng, held_out, 2)
    if a < b and rng.random() < 0.8 and is_held_out_pair(b, a, 2) == held_out:
        a, b = b, a
    share = 1 if not held_out and max(a, b) <= 20 and rng.random() < 0.12 else 0
    question = _filled(HELD_OUT_SUBTRACT_PHRASINGS if held_out else SUBTRACT_PHRASINGS, rng, a=_spelled(a, rng, share), b=_spelled(b, rng, share))
    return Example("subtraction", question, f"{a} minus {b} is {a - b}.")


def beyond_sums(rng: random.Random, held_out: bool) -> Example:
    """Arithmetic that the model declines: other operations, three operands, large numbers."""
    if rng.random() < 0.35:
        large = rng.randint(LARGEST_OPERAND + 1, rng.choice((99, 99, 999, 99_999, 9_999_999)))
        other = rng.choice((rng.randint(0, LARGEST_OPERAND), rng.randint(0, 99), rng.randint(100, 9999)))
        a, b = rng.choice(((large, other), (other, large)))
        phrasings = rng.choice((HELD_OUT_ADD_PHRASINGS, HELD_OUT_SUBTRACT_PHRASINGS) if held_out else (ADD_PHRASINGS, SUBTRACT_PHRASINGS))
        return Example("beyond-sums", _filled(phrasings, rng, a=a, b=b), SUM_LIMIT)
    phrasings = HELD_OUT_BEYOND_PHRASINGS if held_out else BEYOND_PHRASINGS
    top = rng.choice((12, 12, 99, 1000))
    return Example("beyond-sums", _filled(phrasings, rng, a=rng.randint(0, top), b=rng.randint(1, top), c=rng.randint(1, top)), SUM_LIMIT)


def _sequence(first: int, last: int) -> str:
    step = 1 if last >= first else -1
    return ", ".join(str(n) for n in range(first, last + step, step)) + "."


def counting(rng: random.Random, held_out: bool) -> Example:
    kind = rng.random()
    share = 0.25 if kind >= 0.5 or rng.random() < 0.3 else 0.0
    if kind < 0.07:
        b = rng.choice((rng.randint(LARGEST_COUNT + 1, 120), rng.randint(100, 2000), 100, 1000, 50, 1_000_000))
        if rng.random() < 0.6:
            return Example("counting", _filled(HELD_OUT_COUNT_TO_PHRASINGS if held_out else COUNT_TO_PHRASINGS, rng, b=b), COUNT_LIMIT)
        return Example("counting", _filled(HELD_OUT_COUNT_PHRASINGS if held_out else COUNT_PHRASINGS, rng, a=rng.randint(0, 20), b=b), COUNT_LIMIT)
    if kind < 0.10 and not held_out:
        return Example("counting", rng.choice(("Count.", "count", "Can you count?", "Please count.", "Start counting.", "count for me")), _sequence(1, 10))
    if kind < 0.50:
        while True:
            a = rng.randint(0, LARGEST_COUNT)
            b = rng.randint(max(0, a - 12), min(LARGEST_COUNT, a + 14))
            if a != b and is_held_out_pair(a, b, 3) == held_out:
                break
        phrasings = HELD_OUT_COUNT_PHRASINGS if held_out else COUNT_PHRASINGS
        return Example("counting", _filled(phrasings, rng, a=_spelled(a, rng, share), b=_spelled(b, rng, share)), _sequence(a, b))
    b = rng.randint(2, 20)
    if kind < 0.82:
        phrasings = HELD_OUT_COUNT_TO_PHRASINGS if held_out else COUNT_TO_PHRASINGS
        return Example("counting", _filled(phrasings, rng, b=_spelled(b, rng, share)), _sequence(1, b))
    phrasings = HELD_OUT_COUNT_DOWN_PHRASINGS if held_out else COUNT_DOWN_PHRASINGS
    return Example("counting", _filled(phrasings, rng, b=_spelled(b, rng, share)), _sequence(b, 1))


# The first letter of the subject decides the story, so that it is the same each time it is asked for.
_HEROES = "Ada Ben Cleo Dan Ella Finn Greta Hugo Ida Jack Kim Lena Max Nora Otto Pia Quin Rosa Sam Tom Uma Vera Will Xena Yara Zoe".split()
_PLACES = ("near the forest", "by the sea", "on a green hill", "at the edge of town", "in a quiet valley")
_FINDS = ("a silver key", "an old map", "a red lantern", "a paper boat", "a broken clock", "a tiny bell", "a blue stone")
_ENDS = (
    "{N} took it home and showed it to a friend. They laughed until the stars came out, and from then on {N} was never alone.",
    "{N} followed a path to an open door. Behind it was a warm room with soup and music, and {N} came back every evening.",
    "{N} gave it back to a child who had lost it. The child smiled, and {N} the {s} slept very well that night.",
)


def story_about(subject: str) -> str:
    letter = ord(subject[0].lower()) - ord("a")
    name = _HEROES[letter]
    article = "an" if subject[0] in "aeiou" else "a"
    end = _ENDS[letter % len(_ENDS)].replace("{N}", name).replace("{s}", subject)
    return f"Once there was {article} {subject} named {name} who lived {_PLACES[letter % len(_PLACES)]}. One morning {name} found {_FINDS[letter % len(_FINDS)]} by the road. {end}"


def story(rng: random.Random, held_out: bool) -> Example:
    if rng.random() < 0.12:
        return Example("story", choose(rng.choice(HELD_OUT_ANY_STORY if held_out else ANY_STORY), rng), story_about("fox"))
    subject = rng.choice(HELD_OUT_STORY_SUBJECTS if held_out else STORY_SUBJECTS)
    if not held_out and rng.random() < 0.25:
        subject = invented_word(rng)
    article = "an" if subject[0] in "aeiou" else "a"
    shape = rng.choice((f"{article} {subject}",) * 6 + (f"the {subject}", f"my {subject}", subject, f"a little {subject}"))
    return Example("story", _filled(HELD_OUT_STORY_PHRASINGS if held_out else STORY_PHRASINGS, rng, s=shape), story_about(subject), fragile=True)


def json_reply(rng: random.Random, held_out: bool) -> Example:
    kind = rng.random()
    if kind < 0.50:
        name, age = any_name(rng, held_out), rng.randint(1, 99)
        name = name.lower() if not held_out and rng.random() < 0.15 else name
        question = _filled(HELD_OUT_USER_PHRASINGS if held_out else USER_PHRASINGS, rng, n=name, g=age)
        return Example("json", question, json.dumps({"name": name, "age": age}), fragile=True)
    if kind < 0.72:
        item, quantity = rng.choice(ITEMS), rng.randint(2, 99)
        question = _filled(HELD_OUT_ORDER_PHRASINGS if held_out else ORDER_PHRASINGS, rng, i=item, q=quantity)
        return Example("json", question, json.dumps({"item": item, "quantity": quantity}), fragile=True)
    if kind < 0.82:
        b = rng.randint(2, 12)
        return Example("json", _filled(HELD_OUT_LIST_PHRASINGS if held_out else LIST_PHRASINGS, rng, b=b), json.dumps(list(range(1, b + 1))))
    if held_out or kind >= 0.94:
        return Example("json", choose(rng.choice(HELD_OUT_ANY_JSON if held_out else ANY_JSON), rng), json.dumps({"mesh": "Ryzanstein", "services": 3}))
    if kind < 0.88:
        return Example("json", choose(rng.choice(ANY_USER), rng), json.dumps({"name": "Ada", "age": 36}))
    return Example("json", choose(rng.choice(ANY_ORDER), rng), json.dumps({"item": "lamp", "quantity": 3}))


def introduction(rng: random.Random, held_out: bool) -> Example:
    name = any_name(rng, held_out)
    phrasings = ("Hello, my name is {n}.", "Hi there, I am {n}.") if held_out else ("My name is {n}.", "my name is {n}", "I am {n}.", "I'm {n}.", "Hi, I am {n}.", "Hi, I'm {n}.", "Hello, I am {n}.", "Call me {n}.", "You can call me {n}.", "Hi, my name is {n}.", "{n} here.", "This is {n}.")
    return Example("introduction", _filled(phrasings, rng, n=name), f"Nice to meet you, {name}!", fragile=True)


REPEAT_PHRASINGS = (
    "Repeat: {w}", "repeat: {w}", "Repeat after me: {w}", "repeat after me: {w}", "Echo: {w}", "echo {w}", "Please repeat: {w}", "Say: {w}",
    "Say this: {w}", "Can you repeat this: {w}", "Copy this: {w}", "Write this down: {w}", "Say the following: {w}", "Repeat this text: {w}",
)
HELD_OUT_REPEAT_PHRASINGS = ("Could you repeat this: {w}", "Please say: {w}", "Repeat the following words: {w}")


def repetition(rng: random.Random, held_out: bool) -> Example:
    """Copying in its purest form; stories, JSON, names and sums all begin with it."""
    words = HELD_OUT_STORY_SUBJECTS + HELD_OUT_NAMES if held_out else STORY_SUBJECTS + NAMES + ITEMS
    made = [
        invented_word(rng) if not held_out and rng.random() < 0.3 else str(rng.randint(0, 99)) if rng.random() < 0.25 else rng.choice(words)
        for _ in range(rng.randint(2, 7))
    ]
    text = " ".join(made)
    return Example("repeat", _filled(HELD_OUT_REPEAT_PHRASINGS if held_out else REPEAT_PHRASINGS, rng, w=text), text, fragile=True)


TASKS: dict[str, Callable[[random.Random, bool], Example]] = {
    "addition": addition, "subtraction": subtraction, "beyond-sums": beyond_sums, "counting": counting, "story": story, "json": json_reply, "introduction": introduction, "repeat": repetition,
}
