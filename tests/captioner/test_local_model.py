"""Captions worded by a chat model of transformers in this process: tiny networks, one of text and one that sees."""

import json
import logging
from pathlib import Path

import pytest
import torch
from moving_body import moving_body
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    CLIPImageProcessor,
    CLIPVisionConfig,
    LlamaConfig,
    LlamaForCausalLM,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

from being_m0_hf.captioner import caption, refine
from being_m0_hf.captioner.local_model import LocalChatModel, check_chat_model
from being_m0_hf.motion import PART_NAMES
from being_m0_hf.motionlib.build.build import BuildOptions, plan_build
from being_m0_hf.motionlib.sources.source import SourceOptions
from being_m0_hf.rendering import contact_sheet

ANSWER = json.dumps({"body": ["Somebody moves."], "parts": {part: ["It moves."] for part in PART_NAMES}})
ROLES = "{% for message in messages %}{{ message['content'] }} {% endfor %}"
PARTS = (
    "{% for message in messages %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }} {% endif %}{% endfor %}{% endfor %}"
)
SMALL = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}


def tokenizer(template: str) -> PreTrainedTokenizerFast:
    """Letters, an end, a picture, and one token that is a whole answer."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = {word: number for number, word in enumerate(["<end>", "<image>", *letters])}
    bytewise = Tokenizer(models.BPE(words, []))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    fast = PreTrainedTokenizerFast(tokenizer_object=bytewise, eos_token="<end>", pad_token="<end>")
    fast.add_special_tokens({"additional_special_tokens": ["<image>"]})
    fast.add_tokens([ANSWER])
    fast.chat_template = template
    return fast


def always_answers(model: LlamaForCausalLM | LlavaForConditionalGeneration, words: PreTrainedTokenizerFast) -> None:
    """Random, but for the last layer: after anything comes the answer, and after the answer the end."""
    answer = words.convert_tokens_to_ids(ANSWER)
    for name, value in model.named_parameters():
        if name.endswith(("o_proj.weight", "down_proj.weight")) and "vision" not in name:
            torch.nn.init.zeros_(value)
    embeddings, head = model.get_input_embeddings().weight, model.get_output_embeddings().weight
    with torch.no_grad():
        embeddings[:, 0], embeddings[answer, 0] = 1.0, -1.0
        head.zero_()
        head[answer, 0], head[words.eos_token_id, 0] = 10.0, -10.0


def text_model(folder: Path, answers: bool) -> Path:
    torch.manual_seed(0)
    words = tokenizer(ROLES)
    config = LlamaConfig(**SMALL, vocab_size=len(words), max_position_embeddings=8192, eos_token_id=0, pad_token_id=0)
    model = LlamaForCausalLM(config)
    if answers:
        always_answers(model, words)
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def seeing_model(folder: Path) -> Path:
    torch.manual_seed(0)
    words = tokenizer(PARTS)
    text = LlamaConfig(**SMALL, vocab_size=len(words), max_position_embeddings=8192, eos_token_id=0, pad_token_id=0)
    vision = CLIPVisionConfig(**SMALL, image_size=16, patch_size=8)
    config = LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=words.convert_tokens_to_ids("<image>"),
        image_seq_length=4,
        eos_token_id=0,
        pad_token_id=0,
    )
    model = LlavaForConditionalGeneration(config)
    always_answers(model, words)
    model.save_pretrained(folder)
    size = {"height": 16, "width": 16}
    pictures = CLIPImageProcessor(size=size, crop_size=size)
    LlavaProcessor(
        pictures, words, patch_size=8, vision_feature_select_strategy="default", num_additional_image_tokens=1,
        chat_template=PARTS,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def test_a_model_of_text_words_what_was_measured(tmp_path):
    plain = caption(moving_body(40))
    chat = LocalChatModel.from_pretrained(str(text_model(tmp_path, answers=True)))
    better = refine(plain, chat)
    assert not chat.sees
    assert better.body == ["Somebody moves."] and better.parts["left_leg"] == ["It moves."]
    assert better.statements == plain.statements


def test_a_model_that_sees_is_shown_the_motion(tmp_path):
    motion = moving_body(40)
    plain = caption(motion)
    chat = LocalChatModel.from_pretrained(str(seeing_model(tmp_path)))
    assert chat.sees
    seen = []
    chat.model.model.vision_tower.register_forward_hook(lambda _, inputs, output: seen.append(output))
    assert refine(plain, chat, picture=contact_sheet(motion, columns=4)).body == ["Somebody moves."]
    assert len(seen) == 1
    assert refine(plain, chat).body == ["Somebody moves."]  # and without one it is a model of text
    assert len(seen) == 1


def test_nonsense_leaves_the_words_of_the_rules(tmp_path, caplog):
    plain = caption(moving_body(40))
    chat = LocalChatModel.from_pretrained(str(text_model(tmp_path, answers=False)))
    chat.model.generation_config.max_length = None
    with caplog.at_level(logging.WARNING):
        assert chat.chat_completion([{"role": "user", "content": "hello"}], max_tokens=5).choices[0].message.content
        assert refine(plain, _short(chat)) is plain
    assert "rule-based captions are kept" in caplog.text


def _short(chat: LocalChatModel) -> LocalChatModel:
    """That says less, for less waiting."""
    chat.processor.model_max_length = 100_000
    generate = chat.model.generate
    chat.model.generate = lambda **given: generate(**given | {"max_new_tokens": 5})
    return chat


def test_what_is_no_chat_model_is_one_line(tmp_path):
    with pytest.raises(ValueError, match="cannot be loaded"):
        check_chat_model(str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match="give --caption-model"):
        plan_build(BuildOptions(SourceOptions(str(tmp_path)), caption_server="local"), tmp_path / "set")
    folder = text_model(tmp_path / "mute", answers=True)
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(ValueError, match="no chat template"):
        LocalChatModel.from_pretrained(str(folder))
