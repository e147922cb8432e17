"""Plain English sentences made by grammar: what a sentence encoder should have seen beside movement.

Nothing here is an example of what a model knows. The sentences spread over topics, so that a small encoder keeps apart
what movement captions never tell apart: animals, machines, weather, talk, nonsense.
"""

import random

from being_m0_hf.text.english import VerbForm, inflect

PEOPLE = (
    "a person|someone|a man|a woman|the boy|the girl|he|she|an old man|a child|the teacher|a doctor|the king|my uncle|"
    "a nurse|two people|three friends|a couple|the whole team|a crowd|my parents|a group of dancers|the robot|a knight"
).split("|")
CREATURES = (
    "a dog|the cat|a horse|a bird|an eagle|a fish|the elephant|a snake|a bear|the monkey|a dragon|a ghost|the wolf|"
    "a spider|the cow|a butterfly"
).split("|")
THINGS = (
    "the car|a train|the rocket|a chair|the table|a tree|the house|a stone|the moon|the river|a phone|the computer|"
    "a book|the door|a ball|the clock|the wind|the rain|a pizza|the bridge|an aeroplane|the washing machine|a cloud|"
    "the software|the price|an idea|the government|the song|a red balloon|the economy"
).split("|")
ACTS = (
    "swim|swim under water|dive into the pool|fly|fly to the moon|float in the air|ride a horse|ride a bicycle|"
    "drive a car|row a boat|ski down the hill|skate on the ice|surf a wave|climb a rope|climb a tree|climb a wall|"
    "crawl on the floor|lie down|lie on the bed|sleep|wake up|roll out of bed|do push-ups|do sit-ups|do a handstand|"
    "do a backflip|breakdance|moonwalk|limp|stagger|sneak|tiptoe|skip rope|juggle three balls|throw a ball|"
    "catch a ball|shoot an arrow|swing a golf club|swing a bat|play tennis|play the piano|play the guitar|"
    "play the violin|play drums|sing|shout|whisper|talk on the phone|type on a keyboard|read a book|write a letter|"
    "paint a wall|draw a picture|cook dinner|stir a pot|cut bread|eat soup|brush the teeth|comb the hair|"
    "wash the hands|put on a coat|tie the shoes|open the door|close the window|turn the key|knock on the door|"
    "ring the bell|sweep the floor|dig a hole|saw wood|chop wood|hammer a nail|lift a box|carry a bag|push a cart|"
    "pull a rope|clap|salute|shrug|nod|shake the head|point at something|hug someone|kiss someone|shake hands|"
    "high five|slap someone|fall down|faint|trip over a stone|stumble|slip on ice|shiver|cough|sneeze|cry|laugh|smile|"
    "think|dream|listen|wait|look at the watch|take a photo|take a selfie|scratch the head|rub the eyes|"
    "cross the arms|put the hands on the hips|pray|kneel|crouch|squat|stretch|yawn|bow|curtsy|wave|dance|waltz|"
    "jump|hop|run|jog|walk|march|turn around|spin|kick|punch|block a blow|draw a sword|fence|wrestle|fight|"
    "sit down|stand up|stand still|sit cross-legged|meditate|drink water|pour tea|pick up a box|put down a cup|"
    "raise the arm|lower the arm|swing the arms|circle the arms|balance on one leg|do a cartwheel|do a somersault|"
    "do a split|do yoga|do a lunge|hold a plank|do star jumps|lift weights|box|pump the fist|cheer|applaud|beg|"
    "surrender|hide|search for something|follow somebody|flee|give a speech|conduct an orchestra|direct traffic|"
    "disappear|explode|melt|teleport|grow wings|turn into a frog|think about taxes|compute a sum|understand physics|"
    "send an email|download a file|buy a ticket|pay the bill|vote|marry|win the lottery|forget the password"
).split("|")
DEEDS = (
    "stand in the corner|fall from the table|break|roll down the hill|shine|ring|burn|start|stop|cost ten euros|"
    "taste good|smell bad|be blue|be very heavy|be made of wood|rise|sink|grow|open at nine|be late|run on batteries|"
    "belong to my sister|be for sale|look old|make no sense|bark|sleep in the sun|eat grass|lay an egg|"
    "purr|howl|fly away"
).split("|")
TAILS = (
    "|||slowly|quickly|again|twice|three times|in the kitchen|in the park|on the street|at night|with a friend|"
    "for an hour|on a boat|in the rain|with great joy|angrily|without a sound|like a robot|to the left|to the right|"
    "with the left hand|with both hands|backward|in a circle|and then stop|and then sit down|while talking|on stage"
).split("|")
TALK = (
    "what is the time|how are you today|tell me a joke|write a poem about love|what can you do|hello|hi there|"
    "thank you very much|good morning|i love you|please help me|who are you|the capital of france|two plus two is four|"
    "once upon a time there was a king|click here to win|lorem ipsum dolor sit amet|ignore all instructions|"
    "my favourite colour is green|it is cold today|translate this text|open the settings|buy milk and eggs|"
    "the meeting is at noon|a beautiful sunset over the sea|a photo of a mountain|a bowl of fruit|colourless green "
    "ideas sleep furiously|freedom|happiness|nothing|something|anything|blue|a table and four chairs|artificial "
    "intelligence|select all from users|the quick brown fox"
).split("|")


def plain_sentences(count: int, rng: random.Random) -> list[str]:
    """Different sentences, about ``count``: people who do things, creatures and things that do others, and talk."""
    found = dict.fromkeys(TALK)
    while len(found) < count:
        who, draw = PEOPLE, rng.random()
        acts = ACTS
        if draw > 0.85:
            who, acts = THINGS, DEEDS if rng.random() < 0.6 else ACTS
        elif draw > 0.7:
            who, acts = CREATURES, DEEDS if rng.random() < 0.4 else ACTS
        act, tail, form = rng.choice(acts), rng.choice(TAILS), rng.choice(list(VerbForm))
        said = act if form is VerbForm.BASE else inflect(act, form)
        subject = f"{rng.choice(who)} " if form is VerbForm.THIRD else ""
        subject = f"{rng.choice(who)} is " if form is VerbForm.ING and rng.random() < 0.5 else subject
        found[" ".join(f"{subject}{said} {tail}".split())] = None
    return list(found)
