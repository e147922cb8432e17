"""The motion grammar for continuous batching (`generate_batch`), where requests come and go between steps."""

import torch
from torch import Tensor
from transformers.generation.continuous_batching.cb_logits_processors import ContinuousBatchingLogitsProcessor

from .motion_grammar import MotionGrammarLogitsProcessor


class ContinuousGrammarLogitsProcessor(ContinuousBatchingLogitsProcessor):
    """Reads each request's state from its own tokens, on the CPU, before the pass that needs it.

    A prompt is read once; after it only the last token and the length count. Reading whole sequences again for each
    token, one request after the other, would take longer than a GPU's pass.

    Args:
        grammar: what may follow what.
    """

    supported_kwargs: dict[str, type] = {}
    ignored_kwargs: tuple[str, ...] = ()

    def __init__(self, grammar: MotionGrammarLogitsProcessor):
        self.grammar = grammar
        self.prompts: dict[str, tuple[int, int, int]] = {}  # of each request: index of `<mot>`, fewest, most steps

    def fill_defaults(self, int32_tensor: Tensor) -> None:
        """The state of the padding rows of a batch: any."""
        int32_tensor.fill_(self.grammar.only_pad)

    def prepare_tensor_args(self, requests_with_new_token: list) -> Tensor:
        """The grammar's state of each request: (requests,) int32."""
        if not requests_with_new_token:
            return torch.zeros(0, dtype=torch.int32)
        facts = []
        for request in requests_with_new_token:
            state = request.state
            tokens = state.generated_tokens or state.initial_tokens
            start, first, final = self._prompt(state)
            behind = len(state.initial_tokens) + len(state.generated_tokens) - 1 - start
            facts.append((tokens[-1], start, behind, first, final))
            if tokens[-1] == self.grammar.layout.eos_id:
                self.prompts.pop(state.request_id, None)
        return self.grammar.state_behind(*torch.tensor(facts).unbind(dim=1)).int()

    def _prompt(self, state) -> tuple[int, int, int]:
        """Where the `<mot>` of a request stands, and the fewest and the most steps behind it."""
        if state.request_id not in self.prompts:
            prompt = torch.tensor([state.initial_tokens + state.generated_tokens])
            first, final = self.grammar.step_bounds(prompt)
            self.prompts[state.request_id] = int(self.grammar.motion_start(prompt)), int(first), int(final)
        return self.prompts[state.request_id]

    def __call__(self, scores: Tensor, tensor_arg: Tensor) -> Tensor:
        """Scores (requests, vocabulary) with what must not follow forbidden."""
        forbidden = self.grammar.forbidden.to(scores.device)
        return scores.masked_fill(forbidden[tensor_arg[: len(scores)].long()], float("-inf"))


__all__ = ["ContinuousGrammarLogitsProcessor"]
