"""JSON on request, introductions, and repeating: answers that copy words of the question."""

from __future__ import annotations

import json
import random

import held_out_phrasings as held_out_in
from intents import Example, choose, filled
from words import CREATURES, ITEMS, NAMES, PEOPLE, THINGS, invented_word

USER_PHRASINGS = (
    "Give me JSON for a user named {n} aged {g}.", "JSON for a user named {n} aged {g}", "Make JSON for a user named {n}, age {g}.",
    "Write JSON for a user called {n} who is {g}.", "Give me a JSON [user|object] with name {n} and age {g}.", "json user {n} {g}",
    "json name {n} age {g}", "Return JSON: name {n}, age {g}.", "Create a JSON object for {n}, {g} years old.",
    "I need JSON for {n} aged {g}.", "A user named {n} is {g} years old. Give me JSON.",
    "Write a JSON object with the name {n} and the age {g}.", "Please give me JSON for a user {n} of age {g}.",
    "Turn this into JSON: {n} is {g} years old.", "Convert to JSON: {n}, {g}.", "Output JSON for the user {n}, aged {g}.",
    "{n} is {g}. As JSON, please.", "Can you make JSON for a user named {n} who is {g} years old?", "user {n}, age {g}, as JSON",
    "Show {n}, age {g}, as JSON.", "generate json for user {n} age {g}", "Generate a JSON user with name {n} and age {g}.",
    "Please write JSON for a user named {n}, aged {g}.", "Could you give me JSON for {n}, who is {g} years old?",
    "I want a JSON object with the name {n} and age {g}.", "Create JSON for a user with name {n} and age {g}.",
    "JSON: user {n}, {g}", "Give me a user called {n}, aged {g}, as JSON.", "json for {n}, {g} years", "Give me JSON for {n}, aged {g}.", "Give me JSON with name {n} and age {g}.",
    "Make a JSON object for a user named {n} with age {g}.", "give me json for a user named {n} with age {g}", "user named {n} aged {g} in JSON",
)
USER_BY_NAME_PHRASINGS = (
    "Give me JSON for a user named {n}.", "give me JSON for a user named {n}", "JSON for a user named {n}", "Make JSON for a user named {n}.",
    "Write JSON for a user called {n}.", "json user {n}", "json name {n}", "Return JSON: name {n}.", "Give me a JSON object with the name {n}.",
    "Create a JSON object for a user named {n}.", "I need JSON for a user called {n}.", "Can you make JSON for a user named {n}?", "a user named {n} as JSON",
    "A user is named {n}. Give me JSON.", "Give me a JSON user named {n}.", "Show a user named {n} as JSON.", "generate json for user {n}",
    "Give me a user called {n} in JSON.", "Can you give me JSON for a user called {n}?", "Please write JSON for a user named {n}.", "Give me JSON for {n}.",
    "I want JSON for a user with the name {n}.", "Could you give me a JSON object for a user called {n}?", "JSON for {n}", "{n} as JSON",
)
ORDER_PHRASINGS = (
    "Give me JSON for an order of {q} {i}s.", "JSON for an order of {q} {i}s", "Make JSON for an order: {q} {i}s.",
    "Write JSON for an order with item {i} and quantity {q}.", "json order {i} {q}", "I need JSON for an order of {q} {i}s.",
    "Return JSON for an order of {q} {i}s.", "Create a JSON order for {q} {i}s.", "An order has {q} {i}s. Give me JSON.",
    "Turn this order into JSON: {q} {i}s.", "Please give me a JSON order with {q} {i}s.", "Output an order of {q} {i}s as JSON.",
    "Generate JSON for an order of {q} {i}s.", "order {q} {i}s as JSON",
    "Please write JSON for an order of {q} {i}s.", "Could you make a JSON order of {q} {i}s?", "I want JSON for an order with {q} {i}s.",
    "JSON: order of {q} {i}s", "Give me an order of {q} {i}s in JSON.", "Make a JSON object for an order of {q} {i}s.", "give me json for {q} {i}s",
)
LIST_PHRASINGS = (
    "Give me a JSON array of the numbers 1 to {b}.", "JSON array from 1 to {b}", "JSON list of numbers from 1 to {b}",
    "Write a JSON array with the numbers 1 to {b}.", "Make a JSON list from 1 to {b}.", "Count to {b} in JSON.",
    "Count from 1 to {b} as JSON.", "json array 1 to {b}", "Return the numbers 1 to {b} as a JSON array.",
    "Please write the numbers 1 to {b} as JSON.",
    "Could you write a JSON array of the numbers 1 to {b}?", "The numbers 1 to {b} as a JSON list, please.",
    "Give me JSON with the numbers 1 to {b}.", "Can you give me a JSON array from 1 to {b}?", "Show the numbers 1 to {b} in JSON.", "I need a JSON list from 1 to {b}.",
)
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
    "Please give me some JSON.", "Could you write some JSON?", "I would like a JSON object.",
)
INTRODUCTION_PHRASINGS = (
    "My name is {n}.", "my name is {n}", "I am {n}.", "I'm {n}.", "Hi, I am {n}.", "Hi, I'm {n}.", "Hello, I am {n}.", "Call me {n}.",
    "You can call me {n}.", "Hi, my name is {n}.", "{n} here.", "This is {n}.", "Hello, my name is {n}.", "Hi there, I am {n}.", "hello, I'm {n}",
    "Hey, my name is {n}.", "I am called {n}.", "Please call me {n}.", "Good morning, I am {n}.", "The name is {n}.",
)
REPEAT_PHRASINGS = (
    "Repeat: {w}", "repeat: {w}", "Repeat after me: {w}", "repeat after me: {w}", "Echo: {w}", "echo {w}", "Please repeat: {w}", "Say: {w}",
    "Say this: {w}", "Can you repeat this: {w}", "Copy this: {w}", "Write this down: {w}", "Say the following: {w}", "Repeat this text: {w}",
    "Could you repeat this: {w}", "Please say: {w}", "Repeat the following words: {w}",
)


def _name(rng: random.Random) -> str:
    """Now and then a made-up one, so that names are copied and not recalled."""
    return invented_word(rng).capitalize() if rng.random() < 0.25 else rng.choice(NAMES)


def json_reply(rng: random.Random, held_out: bool) -> Example:
    kind = rng.random()
    name = rng.choice(NAMES) if held_out else _name(rng)
    if kind < 0.62 and not held_out and rng.random() < 0.15:
        name = name.lower()
    if kind < 0.44:
        age = rng.randint(1, 99)
        question = filled(held_out_in.USER if held_out else USER_PHRASINGS, rng, n=name, g=age)
        return Example("json", question, json.dumps({"name": name, "age": age}), fragile=True)
    if kind < 0.62:
        question = filled(held_out_in.USER_BY_NAME if held_out else USER_BY_NAME_PHRASINGS, rng, n=name)
        return Example("json", question, json.dumps({"name": name}), fragile=True)
    if kind < 0.76:
        item, quantity = rng.choice(ITEMS), rng.randint(2, 99)
        question = filled(held_out_in.ORDER if held_out else ORDER_PHRASINGS, rng, i=item, q=quantity)
        return Example("json", question, json.dumps({"item": item, "quantity": quantity}), fragile=True)
    if kind < 0.84:
        last = rng.randint(2, 12 if rng.random() < 0.7 else 20)
        question = filled(held_out_in.LIST if held_out else LIST_PHRASINGS, rng, b=last)
        return Example("json", question, json.dumps(list(range(1, last + 1))))
    if held_out or kind < 0.92:
        return Example("json", choose(rng.choice(held_out_in.ANY_JSON if held_out else ANY_JSON), rng), json.dumps({"mesh": "Ryzanstein", "services": 3}))
    if kind < 0.96:
        return Example("json", choose(rng.choice(ANY_USER), rng), json.dumps({"name": "Ada", "age": 36}))
    return Example("json", choose(rng.choice(ANY_ORDER), rng), json.dumps({"item": "lamp", "quantity": 3}))


def json_with_unseen_name(rng: random.Random) -> Example:
    name, age = rng.choice(held_out_in.UNSEEN_NAMES), rng.randint(1, 99)
    return Example("json, unseen name", filled(held_out_in.USER, rng, n=name, g=age), json.dumps({"name": name, "age": age}), fragile=True)


def introduction(rng: random.Random, held_out: bool) -> Example:
    name = rng.choice(NAMES) if held_out else _name(rng)
    patterns = held_out_in.INTRODUCTION if held_out else INTRODUCTION_PHRASINGS
    return Example("introduction", filled(patterns, rng, n=name), f"Nice to meet you, {name}!", fragile=True)


def repetition(rng: random.Random, held_out: bool) -> Example:
    """Copying in its purest form; stories, JSON, names and sums all begin with it."""
    words = rng.choice((CREATURES, PEOPLE, THINGS, NAMES, ITEMS))
    made = [
        invented_word(rng) if not held_out and rng.random() < 0.25 else str(rng.randint(0, 99)) if rng.random() < 0.25 else rng.choice(words)
        for _ in range(rng.randint(1, 4))
    ]
    text = " ".join(made)
    return Example("repeat", filled(held_out_in.REPEAT if held_out else REPEAT_PHRASINGS, rng, w=text), text, fragile=True)
