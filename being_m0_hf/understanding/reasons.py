"""Why a sentence cannot be a single person's movement, by rule: no words, no English, no sense, too many people."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from ..text import action_words
from .encoder import SentenceEncoder

#: Small words that sentences of other languages cannot do without, as far as they are no English words.
_FUNCTION_WORDS = {
    "German": "der die das ein eine einen einer und mit ist nicht geht sich auf dem den von zu im er sie tanzt frau",
    "French": "le la les un une des et avec est il elle dans sur pas au du qui homme femme saute marche de",
    "Spanish": "el la los las un una y con en hacia es no que se hombre mujer camina corre persona de",
    "Italian": "il lo la gli un una e con che di cammina corre uomo donna persona si piano",
    "Portuguese": "o a os as um uma e com que anda corre homem mulher pessoa dança de",
    "Dutch": "de het een en met is niet loopt man vrouw zijn naar op hij zij danst",
    "Swedish": "en ett och med är inte går springer man kvinna på han hon dansar",
    "Polish": "i z w na nie jest człowiek kobieta idzie biegnie się",
    "Turkish": "bir ve ile adam kadın yürüyor koşuyor kişi",
}
#: English words, some of them among those above: they do not speak for another language by themselves.
_ENGLISH = frozenset(
    "a an the is in on at to of and or with he she it they i you his her their as man no not do go my up down then from"
    " by for over into while that this are was one two left right both its your person someone o y e die des as made"
    " piano den per se la de en".split()
)
_MANY = "two|three|four|five|six|several|many|both|some|all the|a couple of|a group of|a team of|a crowd of|a line of"
_PEOPLE = (
    "people|persons|men|women|boys|girls|kids|children|friends|dancers|soldiers|players|boxers|fighters|brothers"
    "|sisters|lovers|students|guys|ladies|humans|characters|figures|actors|wrestlers|adults"
)
_SOMEBODY = (
    r"someone|somebody|another (?:person|man|woman|one)|a friend|his \w+|her \w+|each other|one another"
    r"|(?:a|the) (?:baby|girl|boy|man|woman|child)"
)
_RELATIVE = (
    "(?:wife|husband|son|daughter|mother|father|mum|mom|dad|friend|brother|sister|baby|child|girlfriend|boyfriend"
    "|partner|opponent)s?"
)
#: Who watches, or is passed, moves little: "waves at the crowd".
_LOOKERS_ON = re.compile(
    r"\b(?:at|to|for|into|through|towards?|past|before|in front of)"
    r" (?:a|the|his|her|their) (?:crowd|audience|group|team|class)\b",
    re.I,
)
_HANDLES = r"(?:lifts?|carr(?:y|ies)|hugs?|throws?|fights?|holds?)"
_SOMEONE = "person|man|woman|guy|girl|boy|kid|lady|character|child|player|dancer|fighter|figure|human|avatar"
_SEVERAL = re.compile(
    rf"\b(?:{_MANY})\s+(?:\w+\s+)?(?:{_PEOPLE})\b|\beach other\b|\bone another\b|\bthe crowd\b|\btogether with\b"
    r"|\ba (?:couple|crowd|pair|trio) (?!of\b)|\b(?:a|the) (?:group|team|crowd|pair)\b|\b(?:my|his|her) friends\b"
    rf"|\b(?:hugs?|kiss(?:es)?|embraces?|shakes? hands with|high fives?) (?:{_SOMEBODY})\b|\bshake hands\b"
    rf"|\b(?:his|her|their|my|a|the) {_RELATIVE}\b.*\b{_HANDLES}\b"
    rf"|\b{_HANDLES}\b.*\b(?:his|her|their|my) {_RELATIVE}\b|\bwith (?:a|his|her|my) (?:partner|friend)\b"
    rf"|\b\w+(?:s|ing) (?:his|her|their|my) {_RELATIVE}\b"
    r"|\b(?:danc|walk|run|fight|talk|play|wrestl|argu)\w* with (?:him|her|them)\W*$",
    re.I,
)
#: Others that move: animals, vehicles, things. "A horse gallops", but not "a horse rider gallops".
_CREATURES = (
    "dog|puppy|cat|kitten|horse|pony|donkey|cow|bull|calf|pig|sheep|goat|hen|duck|goose|swan|bird|eagle|owl|crow"
    "|pigeon|parrot|penguin|lion|tiger|bear|wolf|fox|deer|elephant|giraffe|zebra|camel|kangaroo|rabbit|hare|squirrel"
    "|mouse|rat|hamster|snake|lizard|crocodile|frog|turtle|fish|shark|whale|dolphin|seal|crab|spider|bee|fly|ant"
    "|butterfly|worm|snail"
)
_THINGS = (
    "car|bus|train|tram|truck|lorry|taxi|bicycle|bike|plane|helicopter|rocket|ship|boat|ball|stone|rock|leaf|tree|flower"
    "|apple|sun|moon|cloud|wind|rain|snow|river|wave|fire|clock|phone|computer|printer|machine|engine|door|window|chair"
    "|table|vase|lamp|flag|curtain|house|tower|bridge|price"
)
_OTHER_MOVES = re.compile(
    rf"^(?:a|an|the|my|his|her|your|our|some|two|three|many) (?:(?!(?:{_SOMEONE})\b)\w+ )?(?:({_CREATURES}|{_THINGS})s?"
    rf" (?:(?:is|are) )?\w+(?:s|ing)|((?:{_CREATURES}|{_THINGS})s|leaves) \w+)\b",
    re.I,
)
_BODY = (
    "arms?|hands?|legs?|feet|foot|heels?|knees?|fists?|palms?|fingers?|fingertips|elbows?|hair|kiss(?:es)?|head|heads"
)
#: What a walk may turn into: "turns into a run".
_DEED = (
    "run|walk|jog|sprint|gallop|skip|hop|jump|leap|roll|kick|punch|spin|turn|dance|bow|crawl|lunge|squat|stretch|fall"
    "|stumble|flip|handstand|cartwheel|wave|fight|yawn|laugh|smile|cry|hug|slide|dive|crouch|star|ball|stroll|march"
)
#: Flies that nobody wonders at: "her arms fly up", "a bat flies over", "a flying kiss".
_FLIES = re.compile(
    rf"\b(?:{_BODY}) (?:\w+ly )?(?:fly|flies|flew|soars?|floats?)\b|\b(?:an?|the|his|her) flying\b"
    rf"|\b(?:an?|the|some) (?:\w+ )?(?:{_CREATURES}|{_THINGS})s? (?:that )?(?:fly|flies|flew|floats?|soars?|hovers?)\b",
    re.I,
)
_IMPOSSIBLE = re.compile(
    r"\b(?:fly|flies|flying|flew|soars?|hovers?|floats?) (?:\w+ )*?(?:to|into|in|through|over|up|above|off)\b"
    r"|\b(?:levitat|teleport|vanish|disappear)\w*|\bto the moon\b|\b(?:in|to|into) (?:outer )?space\b"
    r"|\b(?:becom\w+|(?:turn|go)(?:s|es|ing)?|is|are|(?:him|her|my|your|one|them)sel(?:f|ves)) invisible\b"
    r"|\binvisible (?:person|man|woman|boy|girl)\b"
    r"|\bgrows? (?:\w+ )?wings\b|\b(?:through|inside) (?:a|the) walls?\b|\bon the ceiling\b"
    rf"|\bexplodes?\b(?! (?:out|off|up|upwards?|forwards?|into (?:action|(?:an?|the) (?:\w+ )?(?:{_DEED})\b)))"
    rf"|\b(?:turns?|transforms?|morphs?) into (?!an? (?:\w+ )?(?:{_DEED})\b)(?:a|an|the|stone|gold|two)\b"
    r"|\bsplits? (?:\w+ )?into (?:two|many|pieces)\b"
    r"|(?<!\bis )(?<!\bare )(?<!\bwas )\bover (?:a|the) (?:house|building|skyscraper|moon|mountain|tower|river)\b"
    r"|\bunder ?water for\b",
    re.I,
)
#: What people write for computers.
_CODE = re.compile(r"://|\bwww\.|\w\(\)|\w\([\"']|[{}<>=]|\bselect\b.+\bfrom \w+\b|^(?:import|def) \w+", re.I)
#: A question, or what somebody feels or has: nothing that is done.
_SAID = re.compile(
    r"^(?:(?:what|who|where|when|why|which|whose|how(?! to\b))\b[^,.;:!?]*"
    r"|i (?:really )?(?:love|like|hate|miss|want|need|have|know)(?: (?!to\b)\w+){1,3})\W*$",
    re.I,
)
#: "A bowl of soup": some of the nouns are verbs, too.
_AMOUNT = re.compile(
    r"^(?:a|an|the|some|my|your|his|her)\s+(?:\w+\s+)?(?:bowl|cup|glass|plate|bottle|mug|jug|can|tin|pot|pan|box|bag|basket"
    r"|bucket|slice|piece|loaf|pile|bunch|pair|kilo|litre|picture|photo|map)s?\s+of\s+\w+(?:\s+\w+)?\W*$",
    re.I,
)
#: What a phrase begins with that may be a thing only.
_BEFORE_THINGS = frozenset("a an the my your his her its our their some this that these those".split())
_SOMEBODY_DOES = re.compile(
    rf"^(?:he|she|it|they|someone|somebody|(?:a|an|the)(?: \w+)? (?:{_SOMEONE}))(?: is| are)? (\w+(?:s|ing))\b"
    r"|^(\w+ing)\b",
    re.I,
)
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def words_of(text: str) -> list[str]:
    """The words of a sentence in lower case, letters only."""
    return [word.lower() for word in WORD.findall(text)]


def foreign_language(text: str) -> str | None:
    """The language that a sentence seems to be in, where it is not English; None where it may be English."""
    letters = [letter for letter in text if letter.isalpha()]
    strange = [letter for letter in letters if not unicodedata.name(letter, "").startswith("LATIN")]
    if letters and len(strange) > 0.3 * len(letters):
        return unicodedata.name(strange[0], "another script").split()[0].title().replace("Cjk", "Chinese or Japanese")
    words = words_of(text)
    best, most = None, 0.0
    for language, listed in _FUNCTION_WORDS.items():
        known = set(listed.split())
        # a word that English has as well counts half, an accent speaks for itself
        points = sum((0.5 if word in _ENGLISH else 1.0) for word in words if word in known)
        if points > most:
            best, most = language, points
    accents = sum(not word.isascii() and word not in ("café", "fiancée", "naïve") for word in words)
    english = sum(word in _ENGLISH for word in words)
    if best and most + 0.5 * accents > max(0.75, 0.8 * english) and most + accents >= 0.25 * len(words):
        return best
    return None


def several_people(text: str) -> bool:
    """Whether a sentence speaks of more people than one who move."""
    return bool(_SEVERAL.search(_LOOKERS_ON.sub(" ", text)))


def impossible(text: str) -> str:
    """The word by which nobody could do it: "flies" of "she flies into the sky"; "" where somebody could."""
    match = _IMPOSSIBLE.search(_FLIES.sub(" ", text))
    return words_of(match[0])[0] if match else ""


def other_that_moves(text: str) -> str:
    """The animal or thing that does something in a sentence: "a horse gallops" is about a horse; "" for people."""
    match = _OTHER_MOVES.match(text.strip())
    return (match[1] or match[2]).lower() if match else ""


def code(text: str) -> bool:
    """Whether a text is for computers: an address, a line of a program."""
    return bool(_CODE.search(text))


def only_said(text: str) -> bool:
    """Whether a text only asks or tells: "what time is it", but not "what time is it? a look at the watch"."""
    return bool(_SAID.match(text.strip()))


def verb_of(text: str) -> str:
    """What somebody does by a sentence, where its beginning tells: "a boy climbs up" climbs; "" elsewhere."""
    match = _SOMEBODY_DOES.match(text.strip())
    return (match[1] or match[2]).lower() if match else ""


def only_things(text: str, does: Callable[[str], bool]) -> bool:
    """Whether a text is a word for a thing or two: "freedom", "a bowl of soup", "the old stone bridge".

    Args:
        does: tells words for what somebody does.
    """
    words = words_of(text)
    if _AMOUNT.match(text.strip()):
        return True
    if any(does(word) and before != "of" for before, word in zip(["", *words], words, strict=False)):
        return False
    # an unknown verb: "the lawyer hastens across the square"
    if any(word.endswith(("s", "ed", "ing")) for word in words[2:]):
        return False
    return len(words) == 1 or bool(words) and words[0] in _BEFORE_THINGS


def nonsense(text: str, known: Callable[[str], bool]) -> bool:
    """Whether most words are none that are known."""
    words = [word for word in words_of(text) if word not in _ENGLISH]
    if not words:
        return False
    strange = [word for word in words if not known(word)]
    return len(strange) > 0.5 * len(words)


def is_word(word: str, encoder: SentenceEncoder) -> bool:
    """Whether a word of small letters is one, or looks like one."""
    if len(set(word)) == 1 and len(word) > 2 or len(word) > 3 and not re.search("[aeiouy]", word):
        return False
    if word in _spoken():
        return True
    vocabulary = encoder.tokenizer.token_to_id
    endings = ("s", "es", "ed", "ing", "ly", "er", "ily")
    cut_off = [word.removesuffix(ending) for ending in endings if word.endswith(ending)]
    forms = [word, *(form + more for form in cut_off for more in ("", "e", "y"))]
    forms += [form[:-1] for form in forms if len(form) > 4 and form[-1] == form[-2]]
    if any(len(form) > 2 and vocabulary(form) is not None for form in forms):
        return True
    # two words in one: "sidekick", "headspin"
    return any(
        vocabulary(word[:cut]) is not None and vocabulary(word[cut:]) is not None for cut in range(3, len(word) - 2)
    )


@cache
def _spoken() -> frozenset[str]:
    """Every word of the package's own texts for actions."""
    return frozenset(
        word
        for words in action_words.action_words().values()
        for text in (*words.templates, *words.sentences)
        for word in words_of(text)
    )
