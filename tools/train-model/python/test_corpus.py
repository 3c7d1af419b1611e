"""What is held out is really held out, and what the corpus teaches is true."""

import json
import random
import re
import unittest

import held_out_phrasings as held_out_in
from about_mesh import ABOUT_MESH
from arithmetic import addition, counting, counting_between, negative_difference, sequence, subtraction
from corpus import GAP_SHARES, ConversationSource, held_out, held_out_frames, normal_form
from small_talk import SMALL_TALK
from stories import story_about
from tokenizer import Tokenizer, pieces, train_merges
from unknowns import FOREIGN, PLACES, SENTENCES, SUBJECTS, UNKNOWN
from words import CREATURES, NAMES, PEOPLE, THINGS, UNKNOWN_TERMS

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

    def test_no_held_out_phrasing_is_drawn_whatever_it_is_about(self) -> None:
        frames = held_out_frames()
        self.assertTrue(frames.fullmatch(normal_form("I have no idea what a banana is!")))
        self.assertFalse([turn.question for turn in self.turns if frames.fullmatch(normal_form(turn.question))])

    def test_training_draws_every_sum_and_every_count(self) -> None:
        rng = random.Random(3)
        small = range(21)
        for operation, word in ((addition, "plus"), (subtraction, "minus")):
            drawn = {re.match(rf"(\d+) {word} (\d+)", operation(rng, False).answer).groups() for _ in range(15_000)}
            self.assertEqual(drawn, {(str(a), str(b)) for a in small for b in small})
        drawn = {counting(rng, False).answer for _ in range(40_000)}
        self.assertFalse({sequence(a, b) for a in small for b in small if a != b} - drawn)

    def test_drills_draw_every_difference_below_zero_and_every_count_between_two_numbers(self) -> None:
        rng = random.Random(4)
        pairs = [(a, b) for a in range(21) for b in range(a + 1, 21)]
        differences = {negative_difference(rng, False).answer for _ in range(5_000)}
        self.assertEqual(differences, {f"{a} minus {b} is {a - b}." for a, b in pairs})
        counts = {counting_between(rng, False).answer for _ in range(10_000)}
        self.assertEqual(counts, {sequence(a, b) for a, b in pairs} | {sequence(b, a) for a, b in pairs})

    def test_a_mix_with_drills_draws_no_held_out_phrasing(self) -> None:
        source, frames = ConversationSource(seed=98), held_out_frames()
        source.shares = GAP_SHARES
        turns = [turn for _ in range(1000) for turn in source.draw().turns]
        self.assertGreater(sum(" is -" in turn.answer for turn in turns), 30)
        self.assertFalse([turn.question for turn in turns if frames.fullmatch(normal_form(turn.question))])

    def test_what_is_never_seen_stands_in_no_word_list(self) -> None:
        lists = {*NAMES, *CREATURES, *PEOPLE, *THINGS, *UNKNOWN_TERMS, *PLACES, *FOREIGN, *SENTENCES, *SUBJECTS}
        unseen = (
            *held_out_in.UNSEEN_NAMES,
            *held_out_in.UNSEEN_STORY_SUBJECTS,
            *held_out_in.UNKNOWN_TERMS,
            *held_out_in.PLACES,
            *held_out_in.FOREIGN,
            *held_out_in.SENTENCES,
            *held_out_in.UNKNOWN_SUBJECTS,
        )
        self.assertEqual([item for item in unseen if item in lists], [])

    def test_every_intent_has_phrasings_that_are_held_out(self) -> None:
        for intents, sentences in ((ABOUT_MESH, held_out_in.MESH), (SMALL_TALK, held_out_in.SMALL_TALK)):
            self.assertEqual([intent.key for intent in intents if len(sentences[intent.key]) < 2], [])
            self.assertEqual(len(sentences), len(intents))

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
