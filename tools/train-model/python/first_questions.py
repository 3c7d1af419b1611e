"""What somebody who has just started the mesh is likely to type first, with the answers."""

from __future__ import annotations

from about_mesh import ABOUT_MESH
from arithmetic import SUM_LIMIT
from concepts import CONCEPTS
from intents import Example
from small_talk import SMALL_TALK
from stories import story_about
from unknowns import UNKNOWN

_ANSWERS = {known.key: known.answer for known in (*CONCEPTS, *ABOUT_MESH, *SMALL_TALK)}

_ABOUT = {
    "hi": "hello", "hello there": "hello", "what can you do?": "help", "who are you?": "who-are-you", "tell me a joke": "joke", "thanks!": "thanks",
    "What is a span?": "span", "what is a trace": "trace", "What is a traceparent?": "traceparent", "what is the collector?": "collector",
    "What is Jaeger?": "jaeger", "what is OpenTelemetry?": "opentelemetry", "explain tracing": "tracing", "what is a gguf": "gguf",
    "what does api-server do": "api-server", "What does the gpu-coordinator do?": "gpu-coordinator", "what does the inference-engine do?": "inference-engine",
    "What does each service do?": "services-do", "how do I see my trace": "see-trace", "Why is my request slow?": "slow", "how do i start it": "start",
}

FIRST_QUESTIONS: tuple[Example, ...] = (
    *(Example("first questions", question, _ANSWERS[key]) for question, key in _ABOUT.items()),
    *(
        Example("first questions", question, answer)
        for question, answer in (
            ("1+7", "1 plus 7 is 8."), ("1 plus 7", "1 plus 7 is 8."), ("1 + 7 = ?", "1 plus 7 is 8."), ("what's 3 plus 4", "3 plus 4 is 7."),
            ("7 minus 2", "7 minus 2 is 5."), ("7-7", "7 minus 7 is 0."), ("What is 2 plus 2?", "2 plus 2 is 4."), ("What is 12 times 12?", SUM_LIMIT),
            ("count to 5", "1, 2, 3, 4, 5."), ("Count to ten.", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10."), ("count from 10 to 1", "10, 9, 8, 7, 6, 5, 4, 3, 2, 1."),
            ("Tell me a story.", story_about("fox")), ("tell me a short story about a robot", story_about("robot")), ("Tell me a story about a cat.", story_about("cat")),
            ("give me JSON for a user named Ada", '{"name": "Ada"}'), ("Give me JSON for a user named Ada aged 36.", '{"name": "Ada", "age": 36}'),
            ("What is the capital of France?", UNKNOWN), ("write me a poem", UNKNOWN), ("What is the weather like today?", UNKNOWN),
        )
    ),
)
