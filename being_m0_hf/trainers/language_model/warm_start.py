"""Going on with what a trained language model knows where its vocabulary is another: more words, steps or other codes.

Words and markers keep their rows by name. The codes of another motion tokenizer mean other movements; a new code starts
with the mean of the old rows of what the old tokenizer says at the same moments of the same motions.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from ...models import BeingM0ForConditionalGeneration, BeingM0Processor
from ...models.motion_tokenizer import MotionTokenizerModel
from ...models.motion_tokenizer.quantizers.lookup_free import index_to_signs
from ..run.allowed_values import SettingsError

#: How many meetings the guess from a code's bits is worth: codes that are met less often start nearer to it.
GUESS_WORTH = 2.0
#: Motions that old and new codes are compared on.
MOST_CLIPS = 1500


@torch.no_grad()
def warm_start(
    model: BeingM0ForConditionalGeneration,
    processor: BeingM0Processor,
    trained: BeingM0ForConditionalGeneration,
    trained_processor: BeingM0Processor,
    clips: Iterable[Tensor],
) -> None:
    """Give a fresh model, in place, the weights of a trained one.

    Args:
        model, processor: the fresh model, with its motion tokenizer.
        trained, trained_processor: the model to start from.
        clips: motions (frames, 135) to compare the codes of the two motion tokenizers on, if they differ.

    Raises:
        SettingsError: the backbones differ in more than their vocabularies.
    """
    tables = _tables(model)
    rows = [table.weight.clone() for table in tables]
    old_rows = [table.weight for table in _tables(trained)]
    if len(rows) != len(old_rows) or rows[0].shape[1] != old_rows[0].shape[1]:
        raise SettingsError("start_from: its word vectors have another width; give its preset and backbone")
    known, kept = _by_name(processor), _by_name(trained_processor)
    both = [(known[name], kept[name]) for name in known if name in kept]
    new, old = torch.tensor(both).T if both else torch.zeros(2, 0, dtype=torch.long)
    for table, old_table in zip(rows, old_rows, strict=True):
        table[new] = old_table[old].to(table)
    _translate_codes(model, trained, rows, old_rows, clips)
    shared = {id(table.weight) for table in tables}
    own, others = dict(model.backbone.named_parameters()), dict(trained.backbone.named_parameters())
    for name, weight in own.items():
        if id(weight) in shared:
            continue
        if name not in others or others[name].shape != weight.shape:
            raise SettingsError(f"start_from: its backbone has no {name} of this size; give its preset and backbone")
        weight.copy_(others[name])
    for table, filled in zip(tables, rows, strict=True):
        table.weight.copy_(filled)


def _tables(model: BeingM0ForConditionalGeneration) -> list[nn.Module]:
    """The layers with a row for each token: the input's, and the output's where it is not the same."""
    tied = model.config.tie_word_embeddings
    return [model.get_input_embeddings(), *([] if tied else [model.get_output_embeddings()])]


def _by_name(processor: BeingM0Processor) -> dict[str, int]:
    """Words and markers with their ids."""
    return processor.tokenizer.get_vocab()


def _translate_codes(
    model: BeingM0ForConditionalGeneration,
    trained: BeingM0ForConditionalGeneration,
    rows: list[Tensor],
    old_rows: list[Tensor],
    clips: Iterable[Tensor],
) -> None:
    layout, old_layout = model.layout, trained.layout
    shapes = [(each.part_names, each.share_codes_between_parts) for each in (layout, old_layout)]
    tokenizers = (model.motion_tokenizer, trained.motion_tokenizer)
    if shapes[0] != shapes[1] or len({each.config.downsample for each in tokenizers}) > 1:
        return  # nothing to compare: the rows stay as they were made
    if layout.codebook_bits == old_layout.codebook_bits and _are_equal(*tokenizers):
        for table, old_table in zip(rows, old_rows, strict=True):
            table[layout.code_offset :] = old_table[old_layout.code_offset :].to(table)
        return
    sums = [torch.zeros_like(table) for table in rows]
    met = torch.zeros(layout.vocab_size)
    for _, clip in zip(range(MOST_CLIPS), clips, strict=False):
        new, old = (each.encode(clip[None], residual_levels=0).codes[0] for each in tokenizers)
        ids, old_ids = layout.codes_to_ids(new), old_layout.codes_to_ids(old)
        met += torch.bincount(ids, minlength=layout.vocab_size)
        for total, old_table in zip(sums, old_rows, strict=True):
            total.index_add_(0, ids, old_table[old_ids].to(total))
    for part in range(1 if layout.share_codes_between_parts else layout.num_parts):
        codes = slice(layout.part_codes(part).start, layout.part_codes(part).stop)
        for table, total in zip(rows, sums, strict=True):
            table[codes] = _blended(total[codes], met[codes, None], layout.codebook_bits).to(table)


def _blended(total: Tensor, met: Tensor, bits: int) -> Tensor:
    """Rows (codes, width): their means where codes were met often, else the linear guess from their bits."""
    signs = torch.cat((index_to_signs(torch.arange(len(total)), bits), torch.ones(len(total), 1)), dim=1)
    # each code counts as often as it was met; a ridge keeps bits that never change at 0
    guess = torch.linalg.solve(signs.T @ (signs * met) + torch.eye(bits + 1), signs.T @ total)
    return (total + GUESS_WORTH * signs @ guess) / (met + GUESS_WORTH)


def _are_equal(first: MotionTokenizerModel, second: MotionTokenizerModel) -> bool:
    """Whether two tokenizers are one."""
    ours, theirs = first.state_dict(), second.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)
