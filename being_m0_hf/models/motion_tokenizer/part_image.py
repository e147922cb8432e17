"""Heading-free features as an image with one row for each body part."""

import torch
from torch import Tensor, nn
from transformers import initialization as init

from ...motion.features import HEADING_FREE_SIZE
from .configuration_motion_tokenizer import MotionTokenizerConfig


class PartImage(nn.Module):
    """Cuts heading-free features into an image, one row for each part padded to the widest, and joins it again."""

    def __init__(self, config: MotionTokenizerConfig):
        super().__init__()
        self.part_columns = [list(part) for part in config.part_columns]
        self.width = max(len(part) for part in self.part_columns)
        cells = len(self.part_columns) * self.width
        self.register_buffer("column_of_cell", torch.empty(cells, dtype=torch.long), persistent=False)
        self.register_buffer("cell_is_used", torch.empty(cells), persistent=False)
        self.register_buffer("cell_of_column", torch.empty(HEADING_FREE_SIZE, dtype=torch.long), persistent=False)
        self.reset_buffers()

    def reset_buffers(self) -> None:
        """Fill the index buffers; transformers calls this again after building the model on the meta device."""
        columns, used, cells = [], [], [0] * HEADING_FREE_SIZE
        for part in self.part_columns:
            for slot in range(self.width):
                inside = slot < len(part)
                if inside:
                    cells[part[slot]] = len(columns)
                columns.append(part[slot] if inside else 0)
                used.append(float(inside))
        init.copy_(self.column_of_cell, torch.tensor(columns))
        init.copy_(self.cell_is_used, torch.tensor(used))
        init.copy_(self.cell_of_column, torch.tensor(cells))

    def cut(self, features: Tensor) -> Tensor:
        """(B, T, 136) -> (B, parts * width, T)."""
        return (features[..., self.column_of_cell] * self.cell_is_used).transpose(1, 2)

    def join(self, image: Tensor) -> Tensor:
        """(B, parts * width, T) -> (B, T, 136)."""
        return image.transpose(1, 2)[..., self.cell_of_column]
