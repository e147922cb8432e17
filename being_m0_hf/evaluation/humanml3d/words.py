"""Captions as HumanML3D's evaluator reads them: word vectors, and a tag for each word's part of speech."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...text.mirror import mirror_text
from ...utils.safe_npz import read_plain_array
from ...utils.user_files import read_user_bytes
from .networks import TAG_COUNT, WORD_SIZE

Token = tuple[str, str]
MAX_WORDS = 20
OTHER = "OTHER"
#: Words that matter for motion have tags of their own, whatever their part of speech.
_SPECIAL = {
    "Loc_VIP": "left right clockwise counterclockwise anticlockwise forward back backward up down straight curve",
    "Body_VIP": "arm chin foot feet face hand mouth leg waist eye knee shoulder thigh",
    "Obj_VIP": "stair dumbbell chair window floor car ball handrail baseball basketball",
    "Act_VIP": "walk run swing pick bring kick put squat throw hop dance jump turn stumble stop sit lift lower raise "
    "wash stand kneel stroll rub bend balance flap jog shuffle lean rotate spin spread climb",
    "Desc_VIP": "slowly carefully fast careful slow quickly happy angry sad happily angrily sadly",
}
_SPECIAL_TAG = {word: tag for tag, words in _SPECIAL.items() for word in words.split()}
_TAGS = ("VERB", "NOUN", "DET", "ADP", "NUM", "AUX", "PRON", "ADJ", "ADV", *_SPECIAL, OTHER)
_TAG_INDEX = {tag: index for index, tag in enumerate(_TAGS)}
_MARKS = ("sos", "eos", "unk")
_MAKE_WORDS = (
    "python -c \"import pickle; i = pickle.load(open('our_vab_idx.pkl', 'rb')); "
    "open('our_vab_words.txt', 'w', encoding='utf-8').write('\\n'.join(sorted(i, key=i.get)))\""
)
# HumanML3D keeps the base form of verbs and nouns; these endings make it of most others, where the result is a word
_ENDINGS = (("ies", "y"), ("es", ""), ("s", ""), ("ing", ""), ("ing", "e"), ("ed", ""), ("ed", "e"))


@dataclass(frozen=True)
class WordReader:
    """Sentences into vectors and tags.

    Args:
        rows: row of each known word.
        vectors: (words, 300).
        tagged: the words and tags of captions, where HumanML3D's ``texts`` are there.
    """

    rows: dict[str, int]
    vectors: np.ndarray
    tagged: dict[str, list[Token]] = field(default_factory=dict)

    def tokens(self, text: str) -> list[Token]:
        """Words and tags of a caption: as its line in HumanML3D's texts has them, else words with the tag OTHER.

        Args:
            text: a sentence, or a whole line ``caption#word/TAG word/TAG#start#end``. A sentence that stands in the
                known texts, or whose mirror image does, has their tags. For any other one the words are reduced to
                known ones by their endings, and all but the special words are tagged OTHER.
        """
        if text.count("#") >= 3:
            return _tokens_of_field(text.split("#")[1])
        sentence = " ".join(text.split())
        if sentence in self.tagged:
            return self.tagged[sentence]
        mirrored = self.tagged.get(mirror_text(sentence))
        if mirrored is not None:
            return [(mirror_text(word), tag) for word, tag in mirrored]
        words = re.findall(r"(?<!')\b[a-z]+", sentence.lower().replace("-", ""))
        return [(self._base(word), OTHER) for word in words]

    def batch(self, texts: Iterable[str]) -> tuple[Tensor, Tensor, Tensor]:
        """Vectors (N, 22, 300), one-hot tags (N, 22, 15) and lengths (N,), marks of start and end included."""
        sentences = [
            [("sos", OTHER), *self.tokens(text)[:MAX_WORDS], ("eos", OTHER)] for text in texts
        ]  # fmt: skip
        lengths = torch.tensor([len(sentence) for sentence in sentences])
        words = torch.zeros(len(sentences), MAX_WORDS + 2, WORD_SIZE)
        tags = torch.zeros(len(sentences), MAX_WORDS + 2, TAG_COUNT)
        for row, sentence in enumerate(sentences):
            for place, (word, tag) in enumerate(sentence):
                known = word in self.rows
                tag = _SPECIAL_TAG.get(word, tag) if known else OTHER
                words[row, place] = torch.from_numpy(self.vectors[self.rows[word if known else "unk"]])
                tags[row, place, _TAG_INDEX.get(tag, _TAG_INDEX[OTHER])] = 1.0
        return words, tags, lengths

    def _base(self, word: str) -> str:
        """The special or known word that a word comes from; itself where there is none."""
        stems = [word[: -len(end)] + new for end, new in _ENDINGS if word.endswith(end) and len(word) > len(end) + 1]
        stems += [stem[:-1] for stem in stems if len(stem) > 3 and stem[-1] == stem[-2]]  # stopp -> stop
        for known in (_SPECIAL_TAG.keys() & self.rows.keys(), self.rows):
            found = next((each for each in (word, *stems) if each in known), None)
            if found is not None:
                return found
        return word


def read_words(folder: Path) -> WordReader:
    """The word vectors in a folder, or in its folder ``glove``, and the tags in its folder ``texts``, if there.

    Vectors are ``our_vab_data.npy`` with ``our_vab_words.txt``, or text as GloVe is published: ``glove*.txt`` with 300
    numbers a word. The published lists of words are pickles, which are never loaded.

    Raises:
        FileNotFoundError: no vectors, or no list of their words.
        ValueError: they do not fit.
    """
    for place in (folder / "glove", folder):
        if (place / "our_vab_data.npy").is_file():
            rows, vectors = _read_vocabulary(place)
            break
        published = sorted(place.glob("glove*.txt"))
        if published:
            rows, vectors = _read_glove(published[0])
            break
    else:
        raise FileNotFoundError(
            f"no word vectors in {folder}: put glove/our_vab_data.npy with glove/our_vab_words.txt there, "
            "or GloVe's own glove.6B.300d.txt"
        )
    missing = [mark for mark in _MARKS if mark not in rows]
    if missing:
        raise ValueError(f"the word vectors in {place} have no {' and no '.join(missing)}: not HumanML3D's word list")
    return WordReader(rows, vectors, _read_tagged(folder / "texts"))


def _read_vocabulary(place: Path) -> tuple[dict[str, int], np.ndarray]:
    words_file = place / "our_vab_words.txt"
    if not words_file.is_file():
        raise FileNotFoundError(
            f"{words_file} is missing: pickles are never loaded here, so write its words, one a line in the order of "
            f"the vectors, in {place} with: {_MAKE_WORDS}"
        )
    vectors = read_plain_array(place / "our_vab_data.npy").astype(np.float32)
    words = read_utf8(words_file).rstrip("\n").split("\n")
    if vectors.shape != (len(words), WORD_SIZE):
        raise ValueError(
            f"{place}: our_vab_data.npy has shape {vectors.shape}, but our_vab_words.txt has {len(words)} lines; "
            f"expected ({len(words)}, {WORD_SIZE})"
        )
    return {word: row for row, word in enumerate(words)}, vectors


def _read_glove(file: Path) -> tuple[dict[str, int], np.ndarray]:
    rows: dict[str, int] = {}
    vectors: list[np.ndarray] = []
    if not file.is_file():  # a pipe would wait for a writer
        raise ValueError(f"{file}: is no regular file")
    with open(file, encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            word, *numbers = line.rstrip().rsplit(" ", WORD_SIZE)  # some of the words are ". . ."
            try:
                vector = np.array(numbers, dtype=np.float32)
            except ValueError:
                vector = np.empty(0, dtype=np.float32)
            if vector.shape != (WORD_SIZE,):
                raise ValueError(f"{file}, line {number}: expected a word and {WORD_SIZE} numbers")
            rows[word] = len(vectors)
            vectors.append(vector)
    return rows, np.array(vectors)


def _read_tagged(folder: Path) -> dict[str, list[Token]]:
    tagged = {}
    for file in sorted(folder.glob("*.txt")):
        for line in read_utf8(file).splitlines():
            if line.count("#") >= 3:
                caption, words, *_ = line.split("#")
                tagged[" ".join(caption.split())] = _tokens_of_field(words)
    return tagged


def read_utf8(file: Path) -> str:
    """The text of a file, or ``ValueError`` that names it."""
    try:
        return read_user_bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{file}: not text in UTF-8; save it as such") from None


def _tokens_of_field(words: str) -> list[Token]:
    """``word/TAG word/TAG`` -> pairs."""
    return [(word, tag) for word, _, tag in (token.rpartition("/") for token in words.split())]
