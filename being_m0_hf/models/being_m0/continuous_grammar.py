"""The motion grammar for continuous batching (`generate_batch`), where requests come and go between steps."""

import torch
from torch import Tensor
from transformers.generation.continuous_batching.cb_logits_processors import ContinuousBatchingLogitsProcessor

from .motion_grammar import MotionGrammarLogitsProcessor


class ContinuousGrammarLogitsProcessor(ContinuousBatchingLogitsProcessor):
    """Reads each request's state from its own tokens, on the CPU, before the pass that needs it.

    Args:
        grammar: what may follow what.
    """

    supported_kwargs: dict[str, type] = {}
    ignored_kwargs: tuple[str, ...] = ()

    def __init__(self, grammar: MotionGrammarLogitsProcessor):
        self.grammar = grammar

    def fill_defaults(self, int32_tensor: Tensor) -> None:
        """The state of the padding rows of a batch: any."""
        int32_tensor.fill_(self.grammar.only_pad)

    def prepare_tensor_args(self, requests_with_new_token: list) -> Tensor:
        """The grammar's state of each request: (requests,) int32."""
        states = []
        for request in requests_with_new_token:
            state = request.state
            tokens = torch.tensor([state.initial_tokens + state.generated_tokens])
            states.append(self.grammar.next_state(tokens))
        return torch.cat(states).int() if states else torch.zeros(0, dtype=torch.int32)

    def __call__(self, scores: Tensor, tensor_arg: Tensor) -> Tensor:
        """Scores (requests, vocabulary) with what must not follow forbidden."""
        forbidden = self.grammar.forbidden.to(scores.device)
        return scores.masked_fill(forbidden[tensor_arg[: len(scores)].long()], float("-inf"))


__all__ = ["ContinuousGrammarLogitsProcessor"]
