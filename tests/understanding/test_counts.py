"""How often something is done, as people write it."""

import pytest

from being_m0_hf.understanding.facts import read_facts


@pytest.mark.parametrize(
    ("count", "texts"),
    [
        (
            1,
            [
                "a single jump",
                "jump once",
                "just one push-up",
                "one squat",
                "1 jump",
                "a single deep squat",
                "one clap",
            ],
        ),
        (1, ["one time she jumps"]),
        (2, ["claps twice", "two squats", "two quick nods", "he waves 2 times", "two right kicks", "Two Jumps"]),
        (2, ["two karate chops", "a girl takes two big hops", "bow twice, politely"]),
        (3, ["3 claps", "nods three times", "kick thrice", "three deep bows", "squats x 3", "3x squats"]),
        (
            3,
            [
                "throw three hook punches",
                "three spinning kicks",
                "gives three hard kicks",
                "jumps three more times",
                "three butt kicks",
            ],
        ),
        (4, ["4 lunges", "throws four punches"]),
        (5, ["do 5 pushups", "5 pushups", "five arm circles", "5 reps of squats"]),
        (6, ["six burpees", "do six bicep curls"]),
        (7, ["a person does seven star jumps", "claps his hands 7 times"]),
        (8, ["do 8 sit-ups please"]),
        (10, ["ten jumping jacks", "10 jumping-jacks", "do 10 push-up", "squats x10", "two sets of ten push-ups"]),
        (12, ["12 push ups", "a dozen jumping jacks"]),
        (15, ["15 high knees"]),
        (20, ["twenty mountain climbers", "does 20 calf raises"]),
        (50, ["fifty push ups", "claps fifty times"]),
        (100, ["100 pushups", "a hundred jumping jacks", "one hundred quick squats"]),
    ],
)
def test_counts_are_read(count, texts):
    assert {text: read_facts(text).count for text in texts} == dict.fromkeys(texts, count)


@pytest.mark.parametrize(
    "text",
    [
        "a person does squats",
        "a jump",
        "a 5 year old jumps",
        "a ten year old boy claps",
        "jumps for 5 seconds",
        "a 3.5 second jump",
        "walks two steps forward",
        "walks 10 meters",
        "turns 90 degrees",
        "raises two hands",
        "waves with one hand",
        "stands on one leg",
        "one leg squats",
        "single leg deadlifts",
        "one-handed push ups",
        "one arm curls",
        "lifts one knee",
        "holds a single flower",
        "jumps over one hurdle",
        "a high five",
        "a one two punch",
        "jumps at once",
        "at the same time",
        "once more, jump",
        "runs twice as fast",
        "the two of them wave",
        "person 1 kicks the ball",
    ],
)
def test_other_numbers_are_no_counts(text):
    assert read_facts(text).count is None
