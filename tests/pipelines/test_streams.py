"""``pipeline.stream``: frames as they are written are those of the whole, words change on the way, memory stays."""

import pytest
import torch
from tiny_models import tiny_encoder, tiny_model, tiny_motion_tokenizer_config, tiny_processor

from being_m0_hf.models import MotionTokenizerModel
from being_m0_hf.motion import Motion
from being_m0_hf.motion.rotations import angle_between
from being_m0_hf.pipelines.text_to_motion import MotionPipeline

WALKS, WAVES = "a person walks forward", "a person waves with the left hand"


def pipeline_of(lookahead: int | None = 1, tasks: list[str] | None = None) -> MotionPipeline:
    """A pipeline of a tiny model whose decoder looks ahead so many steps, and whose tokens depend on what it reads."""
    model = tiny_model()
    with torch.no_grad():
        for weight in model.backbone.parameters():
            weight.mul_(6 if weight.ndim > 1 else 1)
    config = tiny_motion_tokenizer_config()
    config.decoder_lookahead = lookahead
    torch.manual_seed(0)
    model.motion_tokenizer = MotionTokenizerModel(config).eval()
    model.motion_tokenizer.feature_std.fill_(0.01)
    model.config.tasks = tasks
    return MotionPipeline(model, tiny_processor(), tiny_encoder())


def joined(pieces: list[Motion]) -> Motion:
    return Motion(*(torch.cat([getattr(each, name) for each in pieces]) for name in ("rotations", "translation")))


def written(pipeline: MotionPipeline, texts: list[tuple[str, int]]) -> torch.Tensor:
    """Codes by the model's own `generate`, likeliest tokens, in pieces of (text, steps).

    Each reads up to 6 steps of its own text; a new text begins afresh, and what leads into it is filled in.
    """
    codes, since, last = torch.zeros(0, 6, dtype=torch.long), 0, texts[0][0]
    fills = pipeline.model.config.tasks is not None
    for text, steps in texts:
        since = since if text == last else 0
        before = codes[len(codes) - min(len(codes), 6, since) :]
        told = {"codes": before, "task": "fill"} if fills else {"codes": before}
        inputs = pipeline.processor(text, **(told if len(before) else {}))
        most = steps + (0 if fills and len(before) else len(before))
        options = {"min_steps": most, "max_steps": most, "do_sample": False, "max_new_tokens": 6 * steps}
        row = pipeline.model.generate(**inputs, **options)[0, -6 * steps :]
        piece = pipeline.model.layout.ids_to_codes(row)
        if fills and len(codes) and not since:
            grid = torch.cat((codes[-4:], torch.full((3, 6), -1), piece[3:7]))  # 12 steps are the longest motion
            inputs = pipeline.processor(text, codes=grid, task="fill")
            led = pipeline.model.generate_motion(**inputs, do_sample=False, guidance_scale=1.0).codes[0]
            piece = torch.cat((led, piece[3:]))
        codes = torch.cat((codes, piece))
        since, last = since + steps, text
    return codes


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("tasks", [None, ["text-to-motion", "fill"]])
@pytest.mark.parametrize("lookahead", [0, 1, None])
def test_frames_are_those_of_decoding_all_that_was_written(lookahead, tasks, plain):
    """At temperature 0, and with a hook on the backbone, which the fast road does not take."""
    pipeline = pipeline_of(lookahead, tasks)
    if plain:
        pipeline.model.backbone.base_model.layers[0].mlp.register_forward_hook(lambda *_: None)
    stream = pipeline.stream(WALKS, seconds=5.4, temperature=0, settle=False)
    first = round(5 * stream.delay) + 1
    pieces = []
    for number, frames in enumerate(stream):
        pieces.append(frames)
        if number == 3:
            stream.say(WAVES)
    sizes = [first, *[2] * 3, 6, *[2] * ((27 - first - 12) // 2), (27 - first) % 2]
    words = [(WALKS if number < 4 else WAVES, steps) for number, steps in enumerate(sizes) if steps]
    whole = pipeline_of(lookahead, tasks)
    expected = Motion.from_d135(whole.model.motion_tokenizer.decode(written(whole, words)[None]).features[0])
    found = joined(pieces)
    assert found.num_frames == expected.num_frames == 108
    assert torch.allclose(found.joints(), expected.joints(), atol=2e-3)
    assert all(frames.num_frames >= 4 for frames in pieces)


def test_the_same_seed_and_words_give_the_same_frames():
    pipeline = pipeline_of()
    runs = [joined(list(pipeline.stream(WALKS, seconds=3, seed=seed))) for seed in (4, 4, 5)]
    assert torch.equal(runs[0].rotations, runs[1].rotations)
    assert not torch.equal(runs[0].rotations, runs[2].rotations)


def test_texts_of_parts_change_on_the_way():
    pipeline, held = pipeline_of(), []
    for told in ({}, {"left arm": "waves"}):
        stream = pipeline.stream(WALKS, seconds=2.0, settle=False, guidance_scale=60)
        pieces = [next(stream)]
        stream.say(parts=told)
        held.append(joined([*pieces, *stream]))
    arm = [13, 16, 18, 20]
    others = [joint for joint in range(22) if joint not in arm]
    changed = angle_between(held[0].rotations, held[1].rotations)
    assert changed[:, arm].max() > 0.01 and changed[:4].max() < 2e-3  # of what was given before, nothing
    first = int((changed.amax(dim=1) > 0.01).nonzero()[0])
    assert changed[first : first + 4, others].max() < 2e-3  # later pieces have read the arm


def test_a_new_text_reads_nothing_of_what_was_done_for_the_one_before():
    """Three seconds of a walk before it, and a model goes on walking whatever it is told."""
    pipeline, read = pipeline_of(tasks=["text-to-motion", "fill"]), []
    stream = pipeline.stream(WALKS)
    for _ in range(3):
        next(stream)
    write = stream.writer._best
    object.__setattr__(stream.writer, "_best", lambda before, *rest: read.append(len(before)) or write(before, *rest))
    stream.say(WAVES)
    for _ in range(3):
        next(stream)
    assert read[0] == 0 and read[1:] == [6, 6]


def test_a_part_whose_text_ends_is_drawn_again_without_it():
    moved = []
    for told in ({"left arm": "waves"}, {}):
        stream = pipeline_of().stream(WALKS, parts={"left arm": "waves"}, seconds=3.0, settle=False)
        pieces = [next(stream), next(stream)]
        stream.say(parts=told)
        moved.append(joined([*pieces, *stream]))
    changed = angle_between(moved[0].rotations, moved[1].rotations)
    assert changed[:, [13, 16, 18, 20]].max() > 0.01


def test_memory_stays_however_long_it_goes_on():
    stream, kept = pipeline_of().stream(WALKS), []
    for _, frames in zip(range(40), stream, strict=False):
        kept.append((len(stream._codes), len(stream._decoder._codes), len(stream._settled._raw)))
        assert frames.num_frames <= 12
    assert kept[30:] == kept[30:31] * 10


def test_it_stops_and_gives_what_it_has_written():
    stream = pipeline_of().stream(WALKS)
    frames = sum(next(stream).num_frames for _ in range(4))
    stream.stop()
    rest = list(stream)
    assert sum(each.num_frames for each in rest) == round(20 * stream.delay) and frames % 4 == 0
    assert list(stream) == []


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda pipe: pipe.stream(""), "the text is empty"),
        (lambda pipe: pipe.stream(WALKS, seconds=0), "seconds is 0, expected 0.2 or more"),
        (lambda pipe: pipe.stream(WALKS, temperature=-1), "temperature is -1"),
        (lambda pipe: pipe.stream(WALKS, parts={"tail": "wags"}), "no body part 'tail'"),
        (lambda pipe: pipe.stream(WALKS).say(""), "the text is empty"),
        (lambda pipe: pipe.stream(WALKS).say(parts={"tail": "wags"}), "no body part 'tail'"),
        (lambda pipe: pipe.stream(WALKS).say("walks " * 2000), "shorten it"),
    ],
)
def test_what_makes_no_sense_is_one_line(ask, message):
    with pytest.raises(ValueError, match=message) as error:
        ask(pipeline_of())
    assert "\n" not in str(error.value)
