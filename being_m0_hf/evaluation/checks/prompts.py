"""What to ask for when following is measured: wordings like those of the training text, and held-out ones.

Training text must not contain a held-out sentence (a test compares them); the seen ones are in its style, so most of
them occur in it.
"""

from dataclasses import dataclass

from .body_track import SIDES


@dataclass(frozen=True)
class Prompts:
    """The wordings of one kind.

    Args:
        seconds: length to ask for.
        seen: sentences in the style of the training text.
        held_out: other people's words for the same thing.
    """

    seconds: float
    seen: tuple[str, ...]
    held_out: tuple[str, ...]

    def texts(self, wording: str) -> tuple[str, ...]:
        return self.seen if wording == "seen" else self.held_out


@dataclass(frozen=True)
class PairPrompts:
    """The wordings of a pair kind: the n-th of ``first`` is compared with the n-th of ``second``."""

    first: Prompts
    second: Prompts


PROMPTS: dict[str, Prompts | PairPrompts] = {
    "raise_both_hands": Prompts(
        2.5,
        (
            "a person raises both hands",
            "a man lifts both arms up",
            "someone puts both hands up in the air",
            "a person raises both arms above the head",
        ),
        (
            "both hands go up over the head",
            "he is lifting his two arms towards the ceiling",
            "a woman holds her arms up high, left and right",
            "the person surrenders, hands in the air",
            "someone brings the left and right arm up at the same moment",
        ),
    ),
    "wave_both_hands": Prompts(
        6.0,
        (
            "a person waves with both hands",
            "a man waves both arms in the air",
            "someone raises both hands and waves",
            "a person waves goodbye with both hands",
        ),
        (
            "he is waving at the crowd using his two hands",
            "a castaway waves both his arms to be seen by a ship",
            "she lifts her two hands and swings them left and right",
            "a big hello, both hands waving",
            "the man flags down a car, waving with both arms over his head",
        ),
    ),
    "walk_forward": Prompts(
        4.0,
        (
            "a person walks forward",
            "a man walks straight ahead",
            "someone takes a few steps forward",
            "a person is walking in a straight line",
        ),
        (
            "he is just walking",
            "the woman heads straight on at a normal walking pace",
            "an ordinary walk, going forward without hurry",
            "someone ambles ahead",
            "a pedestrian walks on",
        ),
    ),
    "walk_backward": Prompts(
        5.0,
        (
            "a person walks backward",
            "a man walks backwards",
            "someone takes several steps back",
            "a person is stepping backward",
        ),
        (
            "he goes backwards on foot",
            "the woman retreats with small steps, facing the front",
            "a person is walking in the backward direction",
            "moving back step after step, still looking ahead",
            "she steps back, and back, and back again",
        ),
    ),
    "walk_slowly": Prompts(
        5.0,
        (
            "a person walks forward slowly",
            "a man slowly walks forward",
            "someone walks at a slow pace",
            "a person is walking slowly in a straight line",
        ),
        (
            "a very leisurely walk",
            "she takes her time as she walks ahead",
            "someone plods along in no hurry",
            "he walks, but really slow",
            "the man moves forward on foot at a slow speed",
        ),
    ),
    "run_forward": Prompts(
        2.5,
        (
            "a person runs forward",
            "a man runs straight ahead",
            "someone is running fast",
            "a person sprints forward",
            "a person is jogging forward",
        ),
        (
            "he runs like he is late for the train",
            "the athlete is running at high speed",
            "she jogs down the track",
            "the boy takes off running",
            "somebody dashes to the other side of the room",
        ),
    ),
    "turn_around": Prompts(
        8.0,
        (
            "a person walks forward, turns around and walks back",
            "a man walks back and forth",
            "someone walks, turns and walks back",
            "a person walks forward, then turns around and walks back",
        ),
        (
            "he walks a few metres, does an about-turn and returns",
            "the guard walks to the end of the hall and comes back again",
            "she goes forward, turns round and walks the way she came",
            "walking away, turning, and walking back to where it began",
        ),
    ),
    "walk_in_circle": Prompts(
        9.0,
        (
            "a person walks in a circle",
            "a man walks around in circles",
            "someone is walking in a circle",
            "a person walks along a round path",
        ),
        (
            "he makes a full circle on foot",
            "the path of the walk is a circle",
            "she circles the table, walking",
            "round and round somebody walks",
        ),
    ),
    "run_and_stop": Prompts(
        3.0,
        (
            "a person runs and suddenly stops",
            "a man runs forward and stops",
            "someone runs and comes to a sudden stop",
            "a person is running, then stops abruptly",
        ),
        (
            "he sprints off but stops short",
            "after a short run she halts at once",
            "the runner comes to a standstill all of a sudden",
            "a quick run that ends in a dead stop",
        ),
    ),
    "climb": Prompts(
        6.0,
        (
            "a person climbs a ladder",
            "a man climbs up some steps",
            "someone walks up three steps",
            "a person climbs up a ladder",
        ),
        (
            "he makes his way up the rungs of a ladder",
            "she goes up a short staircase",
            "the man climbs up, step by step",
            "up the stairs goes a man",
        ),
    ),
    "bow": Prompts(
        4.5,
        (
            "a person bows",
            "a man takes a bow",
            "someone bows politely",
            "a person bends forward in a bow",
        ),
        (
            "the actor bows before the audience at the end",
            "she bows down low to the king",
            "he inclines his upper body to greet somebody politely",
            "the man bends at the waist to pay his respects, then comes upright",
            "somebody is bowing to a lady",
        ),
    ),
    "cartwheel": Prompts(
        4.0,
        (
            "a person does a cartwheel",
            "a man performs a cartwheel",
            "someone turns a cartwheel",
            "a person cartwheels across the floor",
        ),
        (
            "the gymnast wheels over on her hands, legs flying overhead",
            "he is doing a cartwheel on the mat",
            "a kid shows off with a cartwheel on the lawn",
            "she throws herself into a cartwheel",
            "one cartwheel, arms first, then the legs over the top",
        ),
    ),
    "forward_roll": Prompts(
        3.0,
        (
            "a person runs, dives and rolls",
            "a man does a forward roll",
            "someone does a somersault and runs on",
            "a person dives into a forward roll",
        ),
        (
            "he tumbles head over heels and is up again",
            "while running the man dives forward and rolls over",
            "running, she throws herself into a somersault",
            "the stuntman rolls over the ground at full run",
        ),
    ),
    "jump": Prompts(
        3.0,
        (
            "a person jumps up",
            "a man jumps in place",
            "someone jumps high into the air",
            "a person bends the knees and jumps",
        ),
        (
            "he leaves the ground with both feet and lands on the spot",
            "a jump straight upward from standing",
            "she springs upward as high as she can",
            "the boy is jumping up with both legs",
            "one big jump up in the air and down again",
        ),
    ),
    "jump_forward": Prompts(
        3.5,
        (
            "a person jumps forward",
            "a man leaps forward with both feet",
            "someone does a long jump",
            "a person hops forward",
        ),
        (
            "he jumps across a puddle from a standstill",
            "the girl bounds forward, both feet together",
            "from standing, a jump forward as far as possible",
            "somebody hops ahead over a crack in the ground",
        ),
    ),
    "run_and_jump": Prompts(
        2.5,
        (
            "a person runs and jumps",
            "a man jumps over something while running",
            "someone runs, jumps and runs on",
            "a person runs and leaps over an obstacle",
        ),
        (
            "the hurdler runs and clears a hurdle",
            "he sprints up to the ditch and jumps across",
            "on the run, she takes off and leaps over a fence",
            "running up, then a big leap",
        ),
    ),
    "jumping_jacks": Prompts(
        4.0,
        (
            "a person does jumping jacks",
            "a man is doing jumping jacks",
            "someone performs jumping jacks",
            "a person exercises with jumping jacks",
        ),
        (
            "the class is doing star jumps",
            "he hops his feet apart and together, clapping overhead each time",
            "she warms up doing jacks",
            "a set of ten jumping jacks",
        ),
    ),
    "hop_on_one_foot": Prompts(
        4.0,
        (
            "a person hops on one foot",
            "a man hops on his left foot",
            "someone is hopping on one leg",
            "a person jumps on one leg several times",
        ),
        (
            "he keeps hopping, always on the same leg",
            "the kid bounces on a single foot, the other one up",
            "having hurt one foot, she hops on the good one",
            "one leg stays in the air as the man hops",
        ),
    ),
    "balance_on_one_leg": Prompts(
        6.0,
        (
            "a person balances on one leg",
            "a man stands on one leg with arms outstretched",
            "someone balances on one foot",
            "a person is standing on one leg",
        ),
        (
            "like a stork she stands with one foot off the ground",
            "he tests his balance, one foot up",
            "a yoga pose on a single leg, arms wide",
            "standing one-legged without falling over",
        ),
    ),
    "sit_down": Prompts(
        4.5,
        (
            "a person sits down",
            "a man sits down on a chair",
            "someone takes a seat",
            "a person walks and sits down on a stool",
        ),
        (
            "tired of standing, he sits on a bench",
            "she pulls up a stool and sits",
            "someone settles down into a chair",
            "the old lady lowers herself onto a seat",
            "going from standing to sitting",
        ),
    ),
    "stand_up": Prompts(
        3.0,
        (
            "a person stands up from a chair",
            "a man gets up from a stool",
            "someone rises from a seat",
            "a person stands up after sitting",
        ),
        (
            "he was sitting and now stands",
            "she gets up on her feet from the bench",
            "from sitting on a chair to standing",
            "somebody who is seated stands up and leaves",
        ),
    ),
    "squat": Prompts(
        3.5,
        (
            "a person squats down and stands up",
            "a man does a squat",
            "someone does squats",
            "a person bends the knees deeply and squats",
        ),
        (
            "he goes down low with bent knees and up again",
            "one deep knee bend",
            "she drops into a full squat, then straightens her legs",
            "the athlete squats low and comes back up",
        ),
    ),
    "pick_up": Prompts(
        4.0,
        (
            "a person picks something up from the floor",
            "a man bends down to pick up a ball",
            "someone picks up an object from the ground",
            "a person reaches down to pick something up",
        ),
        (
            "he stoops to get a coin from the pavement",
            "she bends down for the toy lying at her feet and takes it",
            "somebody dropped his keys and picks them up",
            "a hand goes down to the ground, grabs a thing and comes up",
        ),
    ),
    "kick": Prompts(
        3.0,
        (
            "a person kicks",
            "a man kicks a ball",
            "someone does a karate kick",
            "a person kicks the air",
        ),
        (
            "the striker kicks the ball at the goal",
            "he gives a can on the road a kick",
            "a swift, high kick at the opponent",
            "she shows a taekwondo kick",
        ),
    ),
    "punch": Prompts(
        5.0,
        (
            "a person punches",
            "a man is boxing",
            "someone throws several punches",
            "a person punches the air",
        ),
        (
            "the boxer is punching a heavy bag",
            "he lands a punch with the right and one with the left",
            "a fighter trains his straight punches",
            "somebody is boxing with an invisible rival",
        ),
    ),
    "drink": Prompts(
        5.0,
        (
            "a person drinks from a bottle",
            "a man takes a drink",
            "someone drinks a soda",
            "a person lifts a cup to the mouth and drinks",
        ),
        (
            "thirsty, she drinks some water",
            "he is having a sip of his coffee",
            "the glass goes to the lips and is emptied",
            "a man raises the can to his mouth to drink from it",
        ),
    ),
    "dance": Prompts(
        7.0,
        (
            "a person dances",
            "a man is dancing salsa",
            "someone dances to music",
            "a person performs a dance",
        ),
        (
            "she is dancing at a party",
            "he shows off his best salsa moves at the club",
            "the couple dances, only one of them is seen",
            "somebody can't stop dancing",
            "moving to the beat with arms and legs",
        ),
    ),
    "duck": Prompts(
        2.5,
        (
            "a person runs and ducks under something",
            "a man ducks while running",
            "someone runs and crouches under an obstacle",
            "a person ducks down under a bar",
        ),
        (
            "he ducks to get beneath a branch without slowing down",
            "a low beam makes the runner crouch down",
            "she runs and bends low to pass under a rope",
            "jogging on, somebody ducks below a barrier",
        ),
    ),
    "spin": Prompts(
        4.0,
        (
            "a person spins around",
            "a man does a pirouette",
            "someone twirls around while dancing",
            "a person spins on one foot",
        ),
        (
            "the dancer makes a full turn on the spot",
            "like a spinning top she goes round",
            "he makes one complete spin on his heel",
            "turning around by 360 degrees on one foot",
        ),
    ),
    "stand_still": Prompts(
        4.0,
        (
            "a person stands still",
            "a man stands in place",
            "someone stands without moving",
            "a person waits quietly",
        ),
        (
            "like a statue he does not move",
            "the woman just stands there, nothing else",
            "standing, frozen to the spot",
            "somebody is standing in a queue, motionless",
        ),
    ),
    "run_faster_than_walk": PairPrompts(
        Prompts(
            3.0,
            ("a person runs forward", "a man runs", "someone is running straight ahead"),
            ("she is out for a run", "he runs to get away", "the girl is running over the yard"),
        ),
        Prompts(
            3.0,
            ("a person walks forward", "a man walks", "someone is walking straight ahead"),
            ("she is out for a stroll", "he walks to get some air", "the girl is walking over the yard"),
        ),
    ),
    "fast_walk_faster_than_slow": PairPrompts(
        Prompts(
            4.0,
            ("a person walks quickly", "a man walks forward fast", "someone walks briskly forward"),
            ("a fast, energetic walk", "he walks as if he were late", "she marches on at a quick pace"),
        ),
        Prompts(
            4.0,
            ("a person walks slowly", "a man walks forward slowly", "someone slowly walks forward"),
            ("a slow, lazy walk", "he walks as if he had all day", "she walks on at a slow crawl"),
        ),
    ),
    "old_walks_older_than_young": PairPrompts(
        Prompts(
            5.0,
            ("an old man walks", "an elderly person walks forward", "an exhausted person walks forward"),
            ("grandpa goes for his walk", "a frail old lady walks along", "he walks home, worn out and exhausted"),
        ),
        Prompts(
            5.0,
            ("a young man walks", "a youthful person walks forward", "an energetic person walks forward"),
            ("a young boy goes for his walk", "a lively young girl walks along", "he walks home, full of energy"),
        ),
    ),
}


def _sided(kind: str, seconds: float, seen: tuple[str, ...], held_out: tuple[str, ...]) -> None:
    """Both sides of a kind; ``{side}`` and ``{other}`` become left and right."""
    for side, other in (SIDES, SIDES[::-1]):
        PROMPTS[kind.format(side=side)] = Prompts(
            seconds,
            tuple(text.format(side=side, other=other) for text in seen),
            tuple(text.format(side=side, other=other) for text in held_out),
        )


_sided(
    "raise_{side}_hand",
    2.5,
    (
        "a person raises the {side} hand",
        "a man lifts his {side} arm up",
        "someone puts their {side} hand up in the air",
        "a person raises their {side} arm above the head",
    ),
    (
        "a pupil puts up her {side} hand to speak",
        "the {side} hand goes up",
        "hailing a taxi, he holds his {side} arm up high",
        "someone lifts their {side} arm up high and leaves the {other} one down",
        "the {side} arm is stretched up to the sky",
    ),
)
_sided(
    "wave_{side}_hand",
    6.0,
    (
        "a person waves with the {side} hand",
        "a man waves his {side} hand",
        "someone raises the {side} arm and waves",
        "a person waves goodbye with their {side} hand",
    ),
    (
        "she sees a friend and waves at him, {side} hand up",
        "using the {side} hand, the man is waving",
        "a friendly wave of the {side} arm",
        "he is waving his {side} hand to and fro in greeting",
        "the queen greets her people, her {side} hand waving",
    ),
)
_sided(
    "walk_turn_{side}",
    5.0,
    (
        "a person walks and turns {side}",
        "a man walks forward and turns to the {side}",
        "someone makes a {side} turn while walking",
        "a person turns to the {side} while walking",
    ),
    (
        "at the corner he walks {side}",
        "he walks on and takes a {side}",
        "she rounds the corner to her {side} on foot",
        "the man is walking, making a turn toward his {side} side",
        "a few steps straight, then ninety degrees {side}",
    ),
)
_sided(
    "run_turn_{side}",
    2.5,
    (
        "a person runs and turns {side}",
        "a man runs and turns to the {side}",
        "someone makes a {side} turn while running",
        "a person runs in a curve to the {side}",
    ),
    (
        "sprinting, he takes the corner {side}",
        "the runner makes a turn toward his {side} side",
        "she jogs on and heads off to her {side}",
        "a footballer runs and cuts away to the {side}",
    ),
)
_sided(
    "veer_{side}",
    4.0,
    (
        "a person walks forward and veers to the {side}",
        "a man walks diagonally to the {side}",
        "someone walks forward and drifts to the {side}",
        "a person walks toward the {side}",
    ),
    (
        "person veers to the {side} while on a walk",
        "he walks at a slant, ending up further {side}",
        "her walk bends a bit {side}",
        "not quite straight, the walk goes off {side}",
    ),
)
_sided(
    "sidestep_{side}",
    3.0,
    (
        "a person steps sideways to the {side}",
        "a man moves sideways to his {side}",
        "someone sidesteps to the {side}",
        "a person shuffles sideways to the {side}",
    ),
    (
        "like a crab she goes {side} without turning",
        "he makes room by stepping over to the {side}",
        "a goalkeeper shuffles across to his {side}",
        "side steps, always to the {side}",
    ),
)
_sided(
    "kick_{side}_leg",
    3.0,
    (
        "a person kicks with the {side} leg",
        "a man kicks with his {side} foot",
        "someone does a karate kick with the {side} leg",
        "a person kicks high with their {side} foot",
    ),
    (
        "his {side} foot kicks at the attacker",
        "a powerful kick, {side} leg",
        "she kicks the board using her {side} foot",
        "the {side} leg flies up in a martial-arts kick",
    ),
)


def held_out_texts() -> set[str]:
    """Every held-out sentence, in lower case: what training text must not contain."""
    texts: set[str] = set()
    for prompts in PROMPTS.values():
        parts = (prompts.first, prompts.second) if isinstance(prompts, PairPrompts) else (prompts,)
        texts.update(text.lower() for part in parts for text in part.held_out)
    return texts
