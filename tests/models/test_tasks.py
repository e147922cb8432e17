"""One model for every task: prompts that begin with a motion, what is kept in them, and that they can be learned."""

import pytest
import torch
from tiny_models import tiny_model, tiny_processor

from being_m0_hf.models.being_m0.tasks.task_samples import description_sample, fill_sample
from being_m0_hf.models.being_m0.text_guidance import TextGuidanceLogitsProcessor

PROCESSOR = tiny_processor()
LAYOUT = PROCESSOR.layout
TEXT = "a person walks forward"


def grid(steps=8, seed=0) -> torch.Tensor:
    return torch.randint(LAYOUT.codebook_size, (steps, LAYOUT.num_parts), generator=torch.Generator().manual_seed(seed))


def asked(codes, first, last, parts=None) -> torch.Tensor:
    holes = codes.clone()
    holes[first:last, slice(None) if parts is None else parts] = -1
    return holes


def learn(model, samples, steps=120) -> None:
    """The samples by heart."""
    optimizer = torch.optim.Adam(model.backbone.parameters(), lr=4e-3)
    batch = PROCESSOR.collate(samples)
    for _ in range(steps):
        optimizer.zero_grad()
        model(**batch).loss.backward()
        optimizer.step()
    model.eval()


# --- prompts


def test_every_code_keeps_its_place_in_the_whole_motion():
    """Prompt and answer of a filling hold the positions of text to motion, each once; `<mot>` shares one."""
    codes = grid()
    whole = PROCESSOR.training_sample(TEXT, codes)["input_ids"]
    prompt = PROCESSOR.prompt_ids(TEXT, None, len(codes))
    for first, last in ((0, 8), (3, 5), (2, 8), (0, 4)):
        sample = fill_sample(LAYOUT, prompt, codes, range(first, last))
        ids, positions = sample["input_ids"], sample["position_ids"]
        written = ids >= LAYOUT.code_offset
        assert torch.equal(whole[positions[written]], ids[written])
        assert sorted(positions[written].tolist()) == list(range(len(prompt), len(prompt) + codes.numel()))
        start = int((ids == LAYOUT.motion_start_id).nonzero())
        assert positions[start] + 1 == positions[start + 1]
        labels = sample["labels"]
        assert (labels[: start + 1] == -100).all() and (labels[start + 1 :] == ids[start + 1 :]).all()


def test_a_filling_of_everything_is_text_to_motion():
    codes = grid()
    sample = fill_sample(LAYOUT, PROCESSOR.prompt_ids(TEXT, None, 8), codes, range(8))
    assert torch.equal(sample["input_ids"], PROCESSOR.training_sample(TEXT, codes)["input_ids"])
    assert torch.equal(sample["position_ids"], torch.arange(len(sample["input_ids"])))


def test_parts_that_are_kept_are_read_and_not_learned():
    codes = grid()
    sample = fill_sample(LAYOUT, PROCESSOR.prompt_ids(TEXT, None, 8), codes, range(2, 6), asked_parts=[1, 3])
    learned = (sample["labels"] != -100) & (sample["input_ids"] >= LAYOUT.code_offset)
    parts = (sample["input_ids"][learned] - LAYOUT.code_offset) // LAYOUT.codebook_size
    assert parts.tolist() == [1, 3] * 4


def test_the_processor_makes_the_prompts_of_training():
    codes = grid()
    inputs = PROCESSOR(TEXT, task="fill", codes=asked(codes, 3, 5, [2]))
    sample = fill_sample(LAYOUT, PROCESSOR.prompt_ids(TEXT, None, 8), codes, range(3, 5))
    length = inputs["input_ids"].shape[1]
    assert torch.equal(inputs["input_ids"][0], sample["input_ids"][:length])
    assert torch.equal(inputs["position_ids"][0], sample["position_ids"][:length])
    assert torch.equal(inputs["held_codes"][0], asked(codes, 3, 5, [2])[3:5])
    inputs = PROCESSOR("", task="motion-to-text", codes=codes, part="left arm")
    sample = description_sample(LAYOUT, [], codes, [5, 6], "left_arm")
    assert torch.equal(inputs["input_ids"][0], sample["input_ids"][:-3])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"task": "fly"}, "the tasks are"),
        ({"task": "fill"}, "fill needs codes"),
        ({"codes": grid() + 99}, "codes must be 0 to 15"),
        ({"codes": grid(), "seconds": 0.4}, "ask for more seconds"),
        ({"task": "fill", "codes": grid()[:, :5]}, r"expected \(steps, 6\)"),
        ({"task": "fill", "codes": grid() + 99}, "codes must be 0 to 15"),
        ({"task": "fill", "codes": grid(), "seconds": 1.0}, "ask for more seconds"),
        ({"task": "fill", "codes": grid(12)}, "12 is the most"),
        ({"task": "motion-to-text", "codes": grid(), "part": "tail"}, "no body part 'tail'"),
    ],
)
def test_requests_that_make_no_sense_are_one_line(options, message):
    with pytest.raises(ValueError, match=message) as error:
        PROCESSOR(TEXT, **options)
    assert "\n" not in str(error.value)


# --- generating


@pytest.mark.parametrize("guidance", [1.0, 2.5])
@pytest.mark.parametrize("backbone", ["llama", "gpt2"])
def test_all_ways_of_decoding_fill_alike(backbone, guidance):
    model = tiny_model(backbone)
    rows = [asked(grid(8, 0), 3, 5), asked(grid(6, 1), 2, 6, [0, 4]), asked(grid(9, 2), 0, 3)]
    inputs = PROCESSOR([TEXT, "waves", "turns and walks"], task="fill", codes=rows)
    options = dict(do_sample=False, guidance_scale=guidance)
    lean = model.generate(**inputs, **options)
    narrow = model.generate(**inputs, **options, cache_implementation="dynamic", use_cache=False)
    slow = model.generate(**inputs, **options, return_dict_in_generate=True).sequences
    assert torch.equal(lean, narrow) and torch.equal(lean, slow)
    for row, (sequence, holes) in enumerate(zip(lean, rows, strict=True)):
        alone = PROCESSOR([TEXT, "waves", "turns and walks"][row], task="fill", codes=holes)
        codes = model.generate_motion(**alone, **options).codes[0]
        assert torch.equal(LAYOUT.ids_to_codes(LAYOUT.motion_span(sequence)), codes)
        first = int((holes == -1).any(dim=1).nonzero()[0])
        assert len(codes) == int((holes == -1).any(dim=1).sum())
        given = holes[first : first + len(codes)]
        assert torch.equal(codes[given >= 0], given[given >= 0])  # kept exactly


def test_guidance_leaves_out_the_text_and_nothing_else():
    """The twin of a filling has the positions that a prompt without text has."""
    codes = asked(grid(), 3, 5)
    with_text, without = (PROCESSOR(text, task="fill", codes=codes) for text in (TEXT, ""))
    model = tiny_model()
    guidance = TextGuidanceLogitsProcessor(
        model, 2.0, with_text["attention_mask"], prompt_positions=with_text["position_ids"]
    )
    ids, mask = guidance.twins(with_text["input_ids"])
    seen = mask[0].bool()
    assert torch.equal(ids[0][seen], without["input_ids"][0])
    assert torch.equal(guidance._positions(mask)[0][seen], without["position_ids"][0])


def test_a_motion_goes_on_as_long_as_asked():
    model = tiny_model()
    inputs = PROCESSOR(TEXT, task="fill", codes=grid(5), seconds=9 * 0.2)
    assert [len(codes) for codes in model.generate_motion(**inputs, do_sample=False).codes] == [4]
    codes = model.generate_motion(**PROCESSOR(TEXT, task="fill", codes=grid(5)), max_steps=3, do_sample=False).codes[0]
    assert 1 <= len(codes) <= 3


def test_a_motion_that_has_begun_goes_on_as_if_written_in_one_go():
    """Any checkpoint can: the prompt is text to motion, and its first steps are read where they would be written."""
    model = tiny_model()
    whole = model.generate_motion(**PROCESSOR(TEXT, seconds=1.6), do_sample=False).codes[0]
    begun = PROCESSOR(TEXT, codes=whole[:3], seconds=1.6)
    assert torch.equal(model.generate_motion(**begun, do_sample=False).codes[0], whole)
    inputs = PROCESSOR(TEXT, codes=asked(whole, 5, 8, [1, 2]))
    codes = model.generate_motion(**inputs, do_sample=True).codes[0]
    kept = [0, 3, 4, 5]
    assert torch.equal(codes[:, kept], whole[:, kept]) and torch.equal(codes[:5], whole[:5])


def test_checkpoints_from_before_there_were_tasks_say_so():
    model = tiny_model()
    model.check_task("text-to-motion")
    with pytest.raises(ValueError, match="has not learned fill, only text-to-motion; take one"):
        model.check_task("fill")
    model.config.tasks = ["text-to-motion", "fill"]
    model.check_task("fill")


# --- learning


def test_filling_and_going_on_are_learned_from_both_sides():
    """What is asked for depends on what comes after it, and a tiny model learns that by heart."""
    model, ends = tiny_model(seed=1), [grid(6, seed) for seed in range(4)]
    for codes in ends[1:]:
        codes[:2] = ends[0][:2]  # only what comes after tells them apart
    prompt = PROCESSOR.prompt_ids("", None, 6)
    goes_on = grid(6, 9)
    learn(model, [*(fill_sample(LAYOUT, prompt, codes, range(2, 4)) for codes in ends),
                  fill_sample(LAYOUT, prompt, goes_on, range(2, 6))])  # fmt: skip
    inputs = PROCESSOR([""] * 4, task="fill", codes=[asked(codes, 2, 4) for codes in ends])
    drawn = model.generate_motion(**inputs, do_sample=False).codes
    assert all(torch.equal(found, codes[2:4]) for found, codes in zip(drawn, ends, strict=True))
    inputs = PROCESSOR("", task="fill", codes=asked(goes_on, 2, 6))
    assert torch.equal(model.generate_motion(**inputs, do_sample=False).codes[0], goes_on[2:])


def test_descriptions_are_learned_for_the_body_and_for_a_part():
    model, said = tiny_model(seed=1), {}
    for seed, (text, part) in enumerate([(TEXT, None), ("someone turns around", None), ("waves", "left_arm")]):
        said[text] = (grid(4, seed % 2), part)
    samples = [
        description_sample(LAYOUT, [], codes, PROCESSOR.text_ids(text), part) for text, (codes, part) in said.items()
    ]
    learn(model, samples)
    for text, (codes, part) in said.items():
        inputs = PROCESSOR("", task="motion-to-text", codes=codes, part=part)
        words = model.generate_text(**inputs)[0]
        assert PROCESSOR.tokenizer.decode(words).strip() == text
        ids = inputs["input_ids"]
        assert model.generate_text(ids[:, -2:].expand(3, 2), before=ids[0, :-2]) == [words] * 3  # read once for all
    both = PROCESSOR(["", ""], task="motion-to-text", codes=[grid(4, 0), grid(4, 1)])
    assert len(model.generate_text(**both)) == 2
