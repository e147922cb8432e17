"""A small text tokenizer trained on the captions themselves."""

from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast


def build_text_tokenizer(sentences: Iterable[str], vocab_size: int = 4096) -> PreTrainedTokenizerFast:
    """Byte-level BPE over lower-cased text.

    Frequent words end up as one token, rare ones as pieces that share their stems, and anything else as bytes, so that
    no input is lost. The same sentences give the same tokenizer, in whatever order they come.

    Args:
        sentences: training captions.
        vocab_size: words and pieces together, 256 of them the single bytes; fewer when the text is too small.
    """
    if vocab_size <= 256:
        raise ValueError(f"vocab_size is {vocab_size}, expected more than the 256 single bytes")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(sorted(sentences), trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, clean_up_tokenization_spaces=False)
