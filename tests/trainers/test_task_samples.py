"""Training of every task: samples by their shares, and a warm start from a model with another vocabulary."""

from collections import Counter

import pytest
import torch
from tiny_models import SENTENCES, tiny_model, tiny_motion_tokenizer, tiny_processor

from being_m0_hf.models import BeingM0Config, BeingM0ForConditionalGeneration, BeingM0Processor
from being_m0_hf.models.being_m0 import build_text_tokenizer
from being_m0_hf.motion import PART_NAMES
from being_m0_hf.trainers.language_model import LanguageModelSettings, SampleSource
from being_m0_hf.trainers.language_model.tasks import TASKS, pick_task
from being_m0_hf.trainers.language_model.warm_start import warm_start
from being_m0_hf.trainers.run.allowed_values import SettingsError
from being_m0_hf.training_data.feature_cache import CacheWriter, MotionCache
from being_m0_hf.training_data.token_cache import TokenCache

PROCESSOR = tiny_processor()


@pytest.fixture(scope="module")
def cache(make_motion, tmp_path_factory) -> MotionCache:
    """Some clips of several lengths, and one sequence of two of them."""
    writer = CacheWriter(tmp_path_factory.mktemp("cache"), "train_samples")
    ids = [*(f"clip{number}" for number in range(6)), "clip0 & clip1"]
    for number, name in enumerate(ids):
        parts = {part: f"the {part.replace('_', ' ')} of {number}" for part in PART_NAMES}
        writer.add(
            make_motion(28 + 3 * number, number, turn=0.5 * number).to_d135(),
            id=name, kind="sequence" if "&" in name else "clip", category="stand_still", weight=1.0,
            captions=[{"text": f"someone does {number}", "weight": 1.0}], parts=[parts],
        )  # fmt: skip
    writer.save()
    return MotionCache(writer.folder, "train_samples")


@pytest.fixture(scope="module")
def source(cache, tmp_path_factory) -> SampleSource:
    tokens = TokenCache(cache, tmp_path_factory.mktemp("codes") / "codes.safetensors", tiny_motion_tokenizer())
    settings = LanguageModelSettings(max_steps=12, task_shares=dict.fromkeys(TASKS, 0.1))
    return SampleSource(cache, tokens, PROCESSOR, settings)


def samples_of(source, task, count=30) -> list[dict]:
    made = []
    for number in range(count):
        generator = torch.Generator().manual_seed(number)
        index = number % 6
        made.append(source.tasks.sample(task, index, source.tokens.get(index)[:12], generator))
    return [each for each in made if each is not None]


def test_tasks_come_by_their_shares():
    generator = torch.Generator().manual_seed(0)
    drawn = Counter(pick_task({"continue": 0.2, "length": 0.1}, generator) for _ in range(2000))
    assert abs(drawn["continue"] - 400) < 70 and abs(drawn["length"] - 200) < 55 and sum(drawn.values()) == 2000


@pytest.mark.parametrize("task", TASKS)
def test_only_the_answer_is_learned(source, task):
    """And the answer is what the motion or its text has there, up to the end."""
    layout, made = PROCESSOR.layout, samples_of(source, task)
    assert len(made) > 15
    for sample in made:
        ids, labels = sample["input_ids"], sample["labels"]
        learned = labels != -100
        assert torch.equal(labels[learned], ids[learned]) and labels[-1] == layout.eos_id
        starts = (ids == layout.motion_start_id).nonzero().flatten()
        assert len(starts) == 1
        codes = learned & (ids >= layout.code_offset)
        if task in ("motion_to_text", "part_to_text"):
            assert not codes.any() and learned.sum() > 1
        else:
            assert codes.any() and not codes[: int(starts)].any()
            layout.ids_to_codes(layout.motion_span(ids))  # whole steps
        if task not in ("length", "part_text"):
            assert not learned[: int(starts)].any()


def test_a_gap_has_something_on_both_sides(source):
    layout = PROCESSOR.layout
    for sample in samples_of(source, "in_between"):
        ids, positions = sample["input_ids"], sample["position_ids"]
        start = int((ids == layout.motion_start_id).nonzero())
        kept = positions[:start][ids[:start] >= layout.code_offset]
        assert (kept < positions[start + 1]).any() and (kept > positions[-3]).any()


def test_parts_of_others_come_with_their_texts(source):
    """The movement of the asked parts and their texts are of the same sample, which may be another one."""
    words = {PROCESSOR.tokenizer.decode(each["input_ids"][: each["input_ids"].tolist().index(
        PROCESSOR.layout.motion_start_id)]) for each in samples_of(source, "retake_parts")}  # fmt: skip
    assert any("does" in each for each in words) and any("does" not in each for each in words)
    assert all("of" in each for each in words)


def test_the_second_action_of_a_sequence_is_told_alone(source):
    for sample in samples_of(source, "sequence"):
        prompt = PROCESSOR.describe(sample["input_ids"][:30])
        assert "0" not in prompt.split("<mot>")[0].split("root:")[0].replace("|len_", "")


def test_samples_of_all_tasks_make_a_batch(source):
    generator = torch.Generator().manual_seed(0)
    batch = PROCESSOR.collate([source.sample(index % 6, generator) for index in range(24)])
    model = tiny_model()
    loss = model(**batch).loss
    loss.backward()
    assert torch.isfinite(loss) and batch["position_ids"].shape == batch["input_ids"].shape


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task_shares": {"fly": 0.1}}, "task_shares has 'fly'; the tasks are"),
        ({"task_shares": {"continue": 1.2}}, "expected a share"),
        ({"task_shares": {"continue": 0.7, "length": 0.7}}, "add up to 1.4"),
        ({"task_shares": {"continue": 0.7}, "pack_to": 500}, "set it to 0"),
    ],
)
def test_shares_that_are_none_are_refused(changes, message):
    with pytest.raises(SettingsError, match=message):
        LanguageModelSettings(**changes)


# --- warm start


def processor_with_more_words(config) -> BeingM0Processor:
    text = build_text_tokenizer(SENTENCES, vocab_size=300)
    text.add_tokens(["swims", "salutes"])
    return BeingM0Processor.for_motion_tokenizer(text, config, max_steps=20)


def fresh(processor, tokenizer, seed=3):
    trained = tiny_model()
    config = BeingM0Config(
        backbone_config=trained.config.backbone_config.to_dict(), motion_tokenizer_config=tokenizer.config,
        text_vocab_size=processor.layout.text_vocab_size, max_steps=processor.max_steps,
    )  # fmt: skip
    torch.manual_seed(seed)
    model = BeingM0ForConditionalGeneration(config)
    model.motion_tokenizer.load_state_dict(tokenizer.state_dict())
    return model


def test_the_same_tokenizer_and_more_words_and_steps_change_nothing_that_was_known(cache):
    trained, tokenizer = tiny_model(seed=1), tiny_motion_tokenizer()
    processor = processor_with_more_words(tokenizer.config)
    model = fresh(processor, tokenizer)
    warm_start(model, processor, trained, PROCESSOR, [cache[0]])
    codes = torch.randint(16, (5, 6), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        old = trained(input_ids=PROCESSOR.training_sample("a person walks", codes)["input_ids"][None]).logits
        new = model(input_ids=processor.training_sample("a person walks", codes)["input_ids"][None]).logits
    assert torch.allclose(old[..., PROCESSOR.layout.code_offset :], new[..., processor.layout.code_offset :], atol=1e-5)
    assert torch.isfinite(model.get_input_embeddings().weight).all()


def test_codes_of_another_tokenizer_start_as_what_the_old_one_says_there(cache):
    """A tokenizer whose codes mean the same under other numbers gets the rows of those codes."""
    trained, tokenizer = tiny_model(seed=1), tiny_motion_tokenizer()
    swapped = tiny_motion_tokenizer()
    with torch.no_grad():  # the last layer of the encoder says the opposite of every bit
        last = [each for each in swapped.encoder.modules() if isinstance(each, torch.nn.Conv1d)][-1]
        last.weight.neg_()
        last.bias.neg_()
    clips = [cache[index] for index in range(len(cache))]
    codes, others = (each.encode(clips[0][None], residual_levels=0).codes for each in (tokenizer, swapped))
    assert torch.equal(others, 15 - codes)
    model = fresh(PROCESSOR, swapped)
    warm_start(model, PROCESSOR, trained, PROCESSOR, clips * 40)
    old_rows, rows = (each.get_input_embeddings().weight for each in (trained, model))
    ids, other_ids = PROCESSOR.layout.codes_to_ids(codes[0]), PROCESSOR.layout.codes_to_ids(others[0])
    similar = torch.cosine_similarity(rows[other_ids], old_rows[ids], dim=1)
    assert similar.mean() > 0.9
    assert torch.isfinite(rows).all()


def test_another_backbone_is_refused_in_one_line(cache):
    wider = tiny_model({"model_type": "llama", "hidden_size": 40, "intermediate_size": 48, "num_hidden_layers": 2,
                        "num_attention_heads": 2})  # fmt: skip
    with pytest.raises(SettingsError, match="another width"):
        warm_start(tiny_model(), PROCESSOR, wider, PROCESSOR, [])
