"""What is held out is really held out, and what the corpus teaches is true."""

import json
import re
import unittest

from about_mesh import ABOUT_MESH
from corpus import ConversationSource, held_out, normal_form
from small_talk import SMALL_TALK
from tasks import story_about
from tokenizer import Tokenizer, pieces, train_merges
from unknowns import UNKNOWN

CONVERSATIONS = 4000


class CorpusTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        source = ConversationSource(seed=99)
        cls.turns = [turn for _ in range(CONVERSATIONS) for turn in source.draw().turns]
        cls.held_out = held_out()

    def test_no_held_out_question_is_drawn(self) -> None:
        drawn = {normal_form(turn.question) for turn in self.turns}
        self.assertFalse(
            [
                item.question
                for item in self.held_out
                if normal_form(item.question) and normal_form(item.question) in drawn
            ]
        )

    def test_no_held_out_sum_is_drawn_in_any_phrasing(self) -> None:
        def kept(item):
            numbers = re.findall(r"-?\d+", item.answer)
            if item.category == "subtraction":
                return "-", int(numbers[0]), int(numbers[1])
            return "+", *sorted((int(numbers[0]), int(numbers[1])))

        sums = {kept(item) for item in self.held_out if item.category in ("addition", "subtraction")}
        self.assertFalse(sums & {kept(turn) for turn in self.turns if turn.category in ("addition", "subtraction")})

    def test_sums_are_right(self) -> None:
        for turn in (*self.turns, *self.held_out):
            if match := re.fullmatch(r"(\d+) (plus|minus) (\d+) is (-?\d+)\.", turn.answer):
                a, operation, b, result = match.groups()
                self.assertEqual(int(result), int(a) + int(b) if operation == "plus" else int(a) - int(b))

    def test_json_answers_parse(self) -> None:
        answers = [turn.answer for turn in self.turns if turn.category == "json"]
        self.assertGreater(len(answers), 50)
        for answer in answers:
            json.loads(answer)

    def test_answers_are_whole_sentences(self) -> None:
        for answer in (UNKNOWN, story_about("fox"), *(intent.answer for intent in (*ABOUT_MESH, *SMALL_TALK))):
            self.assertRegex(answer, r"^[A-Z].*[.!?]$")

    def test_the_same_seed_draws_the_same_conversations(self) -> None:
        first, second = ConversationSource(5), ConversationSource(5)
        self.assertEqual([first.draw() for _ in range(50)], [second.draw() for _ in range(50)])

    def test_no_phrasing_is_left_unfilled(self) -> None:
        for turn in (*self.turns, *self.held_out):
            if turn.category != "unknown":  # some of those are code
                self.assertNotRegex(turn.question, r"\{[a-z]\}|\|")


class TokenizerTest(unittest.TestCase):
    def test_text_survives(self) -> None:
        tokenizer = Tokenizer(train_merges(["the trace of the span"] * 5, 8), 300)
        for text in ("the trace", "  caf\u00e9 \u4f60\u597d\n", "12 + 30", "\U0001f600"):
            self.assertEqual(tokenizer.decode(tokenizer.encode(text)), text)

    def test_digits_stand_alone(self) -> None:
        tokenizer = Tokenizer(train_merges(["12 12 12 12 plus 12"], 20), 300)
        self.assertEqual(len(tokenizer.encode("1212")), 4)

    def test_pieces_are_those_of_gpt_2(self) -> None:
        self.assertEqual(list(pieces("It's  a test, 42!")), ["It", "'s", " ", " a", " test", ",", " 42", "!"])


if __name__ == "__main__":
    unittest.main()
