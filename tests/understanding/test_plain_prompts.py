"""Plain prompts, as most people type them, stay known: what flags foreign sentences must not touch these."""

import pytest

from being_m0_hf.evaluation.understanding.measure import AskedSentence
from being_m0_hf.models.shipped_checkpoints import SHIPPED_FOLDER
from being_m0_hf.understanding import Reader, known_actions, read_action_list

#: Prompt -> the actions that may be meant, with a side only where one is said.
PROMPTS = {
    "a person waves": "wave_left_hand wave_right_hand wave_both_hands wave_left_hand_low wave_hand_on_hip",
    "wave": "wave_left_hand wave_right_hand wave_both_hands wave_left_hand_low wave_right_hand_low",
    "wave with both hands": "wave_both_hands wave_both_hands_low",
    "jump": "jump",
    "a man jumps": "jump",
    "jump up and down": "jump_repeated jump",
    "jumping": "jump jump_repeated",
    "he walks forward": "walk",
    "walk": "walk",
    "a person is walking": "walk",
    "walking slowly": "walk_slowly",
    "she walks backwards": "walk_backward walk_backwards",
    "someone sits down": "sit_down",
    "sit down on a chair": "sit_down",
    "sit": "sit_down sitting",
    "stand up": "stand_up",
    "he gets up from the chair": "stand_up",
    "stand still": "stand_still",
    "bow": "bow",
    "a man bows politely": "bow deep_bow bow_hands_together",
    "dance": "dance",
    "a girl is dancing": "dance",
    "run": "run",
    "a man runs": "run",
    "a woman jogs": "jog_slow run",
    "run fast": "sprint run",
    "kick": "kick_any kick_left kick_right front_kick",
    "kick with the right leg": "kick_right",
    "a person kicks with the left foot": "kick_left",
    "punch": "punch punch_strike punch_right",
    "he throws a punch with the right hand": "punch_right punch punch_strike",
    "clap your hands": "clap",
    "clapping": "clap",
    "turn around": "turn_around",
    "a person turns around": "turn_around",
    "squat": "squat",
    "crouch down": "crouch",
    "kneel": "kneel",
    "kneel down on one knee": "kneel propose",
    "lie down": "lie_down",
    "lie down on the floor": "lie_down",
    "crawl": "crawl",
    "a baby crawls on the floor": "crawl",
    "hop on one leg": "hop_one_leg hop_left hop_right",
    "stretch": "stretch yawn_stretch",
    "raise your arms": "raise_both_hands",
    "raise the left hand": "raise_left_hand",
    "throw a ball": "throw_right throw_left",
    "catch a ball": "catch_hold catch_ball",
    "pick something up from the floor": "pick_up pick_up_right pick_up_left pick_up_squat",
    "he picks up a box": "pick_up pick_up_squat lift_box_shelf",
    "push": "push",
    "a man pushes something heavy": "push",
    "march": "march march_leg march_in_place goose_step",
    "nod": "nod",
    "shake your head": "shake_head",
    "shrug": "shrug",
    "salute": "salute",
    "a soldier salutes": "salute",
    "cry": "cry sob_face_hands",
    "laugh": "laugh laugh_knee",
    "a persn walks": "walk",
    "a man wavs his hand": "wave_left_hand wave_right_hand",
    "someone jmups": "jump",
    "a perosn claps": "clap",
    "he is runing": "run",
    "spin around": "pirouette twirl turn_around",
    "do jumping jacks": "jumping_jacks",
    "a person does push ups": "push_ups",
    "drink water": "drink drink_left drink_right drink_bottle",
    "play the guitar": "guitar_seated air_guitar",
    "play the piano": "piano",
    "swim": "swim_crawl swim_breaststroke",
    "box": "shadow_boxing boxing_stance punch heavy_bag_walk boxing_combo",
    "a boxer throws punches": "punch punch_strike shadow_boxing jab jab_left jab_right",
    "climb the stairs": "climb_steps",
    "step to the left": "walk_sideways_left side_steps",
    "walk in a circle": "walk_circle",
    "fall down": "fall_forward faint fall_back fall_backwards",
    "a person falls to the ground": "fall_forward faint fall_back fall_backwards fall_to_knees",
    "walks and then waves": "walk",
    "a man walks forward and sits down": "walk_sit",
    "a woman runs and jumps": "run_jump run",
    "pray": "pray kneel_pray",
    "sneak": "sneak",
    "look around": "look_around",
    "point forward": "point_forward",
    "a zombie walks": "zombie_walk",
    "an old man walks": "walk_old old_man_cane",
    "do a cartwheel": "cartwheel cartwheels",
    "bows slowly": "bow",
    "bows very gracefully": "bow",
    "punches angrily": "punch",
    "a clown bows": "bow",
    "the tall man in a red hat throws a ball": "throw_left throw_right",
    "our hero salutes": "salute",
    "a woman in a dress sits down on a chair": "sit_down sitting",
    "he quickly salutes": "salute",
    "a slow-mo backflip": "backflip",
    "waves for 10 seconds": "wave_left_hand wave_right_hand",
    "hold a plank for a minute": "plank",
    "kick something": "kick_any kick_left kick_right",
    "dances at a party": "dance",
    "bust a move": "dance",
    "she waves both hands at the crowd": "wave_both_hands",
    "hands in the air": "raise_both_hands",
    "step back slowly": "walk_backward walk_backwards",
    "a person is sitting on a chair": "sitting sit_down sit_look_around",
}


@pytest.fixture(scope="module")
def read() -> Reader:
    return Reader(known_actions(read_action_list(SHIPPED_FOLDER / "being-m0-mini")))


@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_plain_prompt_is_known_and_not_flagged(prompt, read):
    found = read(prompt)
    asked = AskedSentence(prompt, "known", tuple(PROMPTS[prompt].split()))
    assert found.is_clear, found.line()
    assert any(asked.means(action.name) for action in found.actions), found.line()
    sides = {side for side in ("left", "right") if side in prompt.split()}
    assert all(action.facts.side in sides | {"", "both"} for action in found.actions)
