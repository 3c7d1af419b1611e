"""Sums and counting over small numbers: finite tables, of which training sees every entry."""

from __future__ import annotations

import random

import held_out_phrasings as held_out_in
from intents import Example, filled

NUMBER_WORDS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
    twenty
""".split()

LARGEST = 20
SUM_LIMIT = "I can only add or subtract two whole numbers from 0 to 20."
COUNT_LIMIT = "I only count between 0 and 20."

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
    "Please tell me what {a} + {b} is.", "What would {a} plus {b} be?", "Give me the sum of {a} and {b}.",
    "could you add {a} and {b} for me", "{a} + {b} is?", "I need {a} plus {b}.", "What number is {a} plus {b}?", "Hi, what is {a} + {b}?",
    "{a} + {b}", "what is {a} and {b}", "{a} + {b} please", "{a} plus {b} =", "how much is {a}+{b}", "Let me have {a} plus {b}.", "Work out {a} + {b}.",
    "Find the sum of {a} and {b}.", "If I add {a} and {b}, what do I get?", "{a} more than {b}", "What is {b} more than {a}?", "can you do {a} + {b}",
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
    "Please tell me what {a} - {b} is.", "What would {a} minus {b} be?", "could you subtract {b} from {a} for me", "{a} - {b} is?",
    "I need {a} minus {b}.", "What number is {a} minus {b}?", "Hi, what is {a} - {b}?",
    "{a} - {b} please", "{a} minus {b} =", "how much is {a}-{b}", "Let me have {a} minus {b}.", "Work out {a} - {b}.", "If I take {b} from {a}, what is left?",
    "What is the difference of {a} and {b}?", "{b} less than {a}", "can you do {a} - {b}", "{b} from {a}", "Give me {a} minus {b}.",
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
    "How much is {a} multiplied by {b}?", "Please multiply {a} by {b}.", "Can you divide {a} by {b}?", "calculate {a} / {b}",
    "Tell me {a} times {b}.", "What is {a}+{b}+{c}?",
    "-{a} + {b}", "{a} plus -{b}", "work out {a} * {b}", "can you do {a} * {b}", "{a} times {b}?", "{a} / {b} = ?", "{a} * {b} = ?", "{a}x{b}=?",
    "What is {a}*{b}?", "what's {a} times {b}?", "What does {a} * {b} equal?", "Can you multiply {a} and {b}?", "root of {a}", "{a} to the power of {b}",
)
COUNT_PHRASINGS = (
    "Count from {a} to {b}.", "count from {a} to {b}", "Count {a} to {b}.", "count {a} to {b}", "count {a}-{b}",
    "Can you count from {a} to {b}?", "Could you count from {a} to {b}?", "Please count from {a} to {b}.", "Count from {a} up to {b}.",
    "Start at {a} and count to {b}.", "List the numbers from {a} to {b}.", "list numbers {a} to {b}",
    "Give me the numbers from {a} to {b}.", "Write the numbers from {a} to {b}.", "Say the numbers from {a} to {b}.",
    "numbers from {a} to {b}", "Show me the numbers from {a} to {b}.", "Print the numbers {a} to {b}.", "Name all numbers from {a} to {b}.",
    "Tell me the numbers from {a} to {b}.", "from {a} to {b}, count", "Count for me from {a} to {b}.",
    "I want you to count from {a} to {b}.",
    "Could you list the numbers from {a} to {b}?", "Please count {a} to {b}.", "Counting from {a} to {b}, please.",
    "Can you say the numbers from {a} to {b}?", "Begin at {a} and count up to {b}.",
)
COUNT_TO_PHRASINGS = (
    "Count to {b}.", "count to {b}", "Can you count to {b}?", "Please count to {b}.", "Count up to {b}.", "Could you count to {b}?",
    "Count to {b} for me.", "I want you to count to {b}.", "counting to {b}", "Count till {b}.", "Count until {b}.",
    "Could you please count up to {b}?", "Show me that you can count to {b}.", "Let us count to {b}.",
    "count to {b} please", "Count from 1 to {b}.", "Try to count to {b}.", "Count as far as {b}.", "Tell me the numbers up to {b}.",
)
COUNT_DOWN_PHRASINGS = (
    "Count down from {b}.", "Count backwards from {b}.", "count down from {b}", "Count backward from {b} to 1.",
    "Can you count down from {b}?", "Countdown from {b}.", "countdown {b}", "Count from {b} down to 1.", "Count down from {b} to 1.",
    "Please count backwards from {b}.",
    "Could you count backwards from {b}?", "Please count down from {b}.",
    "Countdown from {b} please.", "Count from {b} to 1.", "Count down starting at {b}.", "backwards from {b}", "Count {b} to 1.",
)
ANY_COUNT = ("Count.", "count", "Can you count?", "Please count.", "Start counting.", "count for me", "Do you know how to count?", "Show me how you count.")


def _number(rng: random.Random) -> int:
    """More than half the time a number as people ask for it, up to ten."""
    return rng.randint(0, 10 if rng.random() < 0.5 else LARGEST)


def _spelled(number: int, in_words: bool) -> str:
    return NUMBER_WORDS[number] if in_words else str(number)


def addition(rng: random.Random, held_out: bool) -> Example:
    a, b = _number(rng), _number(rng)
    words = rng.random() < 0.15
    patterns = held_out_in.ADD if held_out else ADD_PHRASINGS
    return Example("addition", filled(patterns, rng, a=_spelled(a, words), b=_spelled(b, words)), f"{a} plus {b} is {a + b}.")


def subtraction(rng: random.Random, held_out: bool) -> Example:
    a, b = _number(rng), _number(rng)
    if a < b and rng.random() < 0.6:
        a, b = b, a
    words = rng.random() < 0.15
    patterns = held_out_in.SUBTRACT if held_out else SUBTRACT_PHRASINGS
    return Example("subtraction", filled(patterns, rng, a=_spelled(a, words), b=_spelled(b, words)), f"{a} minus {b} is {a - b}.")


def negative_difference(rng: random.Random, held_out: bool) -> Example:
    """A difference below zero, each pair of numbers as often as any other."""
    a, b = sorted(rng.sample(range(LARGEST + 1), 2))
    words = rng.random() < 0.15
    patterns = held_out_in.SUBTRACT if held_out else SUBTRACT_PHRASINGS
    return Example("subtraction", filled(patterns, rng, a=_spelled(a, words), b=_spelled(b, words)), f"{a} minus {b} is {a - b}.")


def beyond_sums(rng: random.Random, held_out: bool) -> Example:
    """Arithmetic that the model declines: other operations, three operands, large numbers."""
    if rng.random() < 0.35:
        large = rng.randint(LARGEST + 1, rng.choice((99, 99, 999, 99_999, 9_999_999)))
        other = rng.choice((rng.randint(0, LARGEST), rng.randint(0, 99), rng.randint(100, 9999)))
        a, b = rng.choice(((large, other), (other, large)))
        both = (held_out_in.ADD, held_out_in.SUBTRACT) if held_out else (ADD_PHRASINGS, SUBTRACT_PHRASINGS)
        return Example("beyond sums", filled(rng.choice(both), rng, a=a, b=b), SUM_LIMIT)
    top = rng.choice((12, 12, 99, 1000))
    a, b, c = rng.randint(0, top), rng.randint(1, top), rng.randint(1, top)
    return Example("beyond sums", filled(held_out_in.BEYOND if held_out else BEYOND_PHRASINGS, rng, a=a, b=b, c=c), SUM_LIMIT)


def sequence(first: int, last: int) -> str:
    step = 1 if last >= first else -1
    return ", ".join(str(n) for n in range(first, last + step, step)) + "."


def counting(rng: random.Random, held_out: bool) -> Example:
    kind = rng.random()
    words = rng.random() < 0.15
    between = held_out_in.COUNT if held_out else COUNT_PHRASINGS
    up = held_out_in.COUNT_TO if held_out else COUNT_TO_PHRASINGS
    down = held_out_in.COUNT_DOWN if held_out else COUNT_DOWN_PHRASINGS
    if kind < 0.08:
        b = rng.choice((rng.randint(LARGEST + 1, 120), rng.randint(100, 2000), 100, 1000, 50, 30, 1_000_000))
        question = filled(up, rng, b=b) if rng.random() < 0.6 else filled(between, rng, a=rng.randint(0, LARGEST), b=b)
        return Example("counting", question, COUNT_LIMIT)
    if kind < 0.11 and not held_out:
        return Example("counting", rng.choice(ANY_COUNT), sequence(1, 10))
    if kind < 0.56:
        a, b = _number(rng), _number(rng)
        if a > b and rng.random() < 0.5:
            a, b = b, a
        if a == b:
            a, b = 1, 5
        return Example("counting", filled(between, rng, a=_spelled(a, words), b=_spelled(b, words)), sequence(a, b))
    b = rng.randint(2, LARGEST)
    if kind < 0.84:
        return Example("counting", filled(up, rng, b=_spelled(b, words)), sequence(1, b))
    return Example("counting", filled(down, rng, b=_spelled(b, words)), sequence(b, 1))


def counting_between(rng: random.Random, held_out: bool) -> Example:
    """Counting between any two numbers, more often down than up."""
    a, b = sorted(rng.sample(range(LARGEST + 1), 2), reverse=rng.random() < 0.6)
    words = rng.random() < 0.15
    patterns = held_out_in.COUNT if held_out else COUNT_PHRASINGS
    return Example("counting", filled(patterns, rng, a=_spelled(a, words), b=_spelled(b, words)), sequence(a, b))
