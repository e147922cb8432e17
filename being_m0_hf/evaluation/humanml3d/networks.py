"""The three networks of HumanML3D's evaluator (Guo et al. 2022), from their published shapes.

Names of the weights are those of the published ``finest.tar``.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

MOTION_COLUMNS = 259  # of 263: foot contacts are left out
FRAMES_PER_UNIT = 4
EMBEDDING_SIZE = 512
WORD_SIZE = 300
TAG_COUNT = 15


class MovementEncoder(nn.Module):
    """Normalised features (N, frames, 259) -> movements (N, frames / 4, 512)."""

    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv1d(MOTION_COLUMNS, 512, kernel_size=4, stride=2, padding=1),
            nn.Dropout(0.2),
            nn.LeakyReLU(0.2),
            nn.Conv1d(512, 512, kernel_size=4, stride=2, padding=1),
            nn.Dropout(0.2),
            nn.LeakyReLU(0.2),
        )
        self.out_net = nn.Linear(512, 512)

    def forward(self, features: Tensor) -> Tensor:
        return self.out_net(self.main(features.transpose(1, 2)).transpose(1, 2))


class SequenceEncoder(nn.Module):
    """A padded sequence (N, L, input_size) and its lengths (N,) -> embeddings (N, 512)."""

    def __init__(self, input_size: int, hidden_size: int):
        super().__init__()
        self.input_emb = nn.Linear(input_size, hidden_size)
        self.gru = nn.GRU(hidden_size, hidden_size, batch_first=True, bidirectional=True)
        self.output_net = nn.Sequential(
            nn.Linear(2 * hidden_size, hidden_size),
            nn.LayerNorm(hidden_size),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden_size, EMBEDDING_SIZE),
        )
        self.hidden = nn.Parameter(torch.zeros(2, 1, hidden_size))

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(self.input_emb(inputs), lengths, batch_first=True, enforce_sorted=False)
        _, last = self.gru(packed, self.hidden.expand(-1, len(inputs), -1).contiguous())
        return self.output_net(torch.cat((last[0], last[1]), dim=-1))


class MotionEncoder(SequenceEncoder):
    """Movements (N, L, 512) -> embeddings (N, 512)."""

    def __init__(self):
        super().__init__(512, 1024)


class TextEncoder(SequenceEncoder):
    """Word vectors (N, L, 300) and their tags (N, L, 15), one-hot -> embeddings (N, 512)."""

    def __init__(self):
        super().__init__(WORD_SIZE, 512)
        self.pos_emb = nn.Linear(TAG_COUNT, WORD_SIZE)

    def forward(self, words: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        return super().forward(words + self.pos_emb(tags), lengths)
