"""Diagonal state spaces: linear filters with a memory, as a convolution, as a recurrence, and in chunks.

In continuous time x' = Lambda x + u and y = 2 Re(C x) + D u, for each channel by itself, with complex diagonal Lambda.
An input is held for one step (zero-order hold), so that over a step of length dt

    x <- A x + B u    with    A = exp(Lambda dt),  B = (A - 1) / Lambda.

What is kept as state is 2 C x, so that only its real part has to be summed. As the step is explicit, another frame rate
only scales it, and a state does not depend on the rates it has seen. After S4D (Gu et al. 2022) and DSS (Gupta et al.
2022), of which it has that all channels share one Lambda.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import initialization as init

#: Shortest and longest step size at the start of training: over time, at the frame rate of the training; and over the
#: joints, which are few. With a frame's steps a joint would hardly know of the others, and would learn it very slowly.
TIME_STEPS, JOINT_STEPS = (1e-3, 0.1), (0.05, 0.5)
#: So few steps are faster one after the other, where there is a state.
FEW_STEPS = 4
#: So short sequences are faster as a product of matrices than by FFT.
SHORT_SEQUENCE = 128


class DiagonalStateSpace(nn.Module):
    """One filter a channel, which sees its own and earlier steps.

    Args:
        channels: H.
        state_size: real numbers in the state of a channel, even; N = half of it are complex.
        first_steps: shortest and longest step size at the start of training.
    """

    def __init__(self, channels: int, state_size: int, first_steps: tuple[float, float] = TIME_STEPS):
        super().__init__()
        pairs, self.first_steps = state_size // 2, first_steps
        self.log_decay = nn.Parameter(torch.empty(pairs))  # Re Lambda = -exp(log_decay) < 0: it never grows
        self.frequency = nn.Parameter(torch.empty(pairs))  # Im Lambda
        self.log_step = nn.Parameter(torch.empty(channels))
        self.readout = nn.Parameter(torch.empty(channels, pairs, 2))  # C, real and imaginary part
        self.skip = nn.Parameter(torch.empty(channels))  # D

    def reset_parameters(self) -> None:
        """S4D-Lin, as in the supplement of HumMUSS."""
        pairs = len(self.frequency)
        init.constant_(self.log_decay, math.log(0.5))
        init.copy_(self.frequency, math.pi * torch.arange(1, pairs + 1))
        init.uniform_(self.log_step, *map(math.log, self.first_steps))
        init.normal_(self.readout, std=0.5**0.5)
        init.normal_(self.skip)

    def forward(
        self,
        inputs: Tensor,
        scale: Tensor,
        state: Tensor | None = None,
        chunk_length: int | None = None,
        keep_state: bool = False,
        filters: dict | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """Filter sequences.

        Args:
            inputs: (batch, rows, steps, H) of any floating type; it is filtered in fp32.
            scale: how much longer than in training a step is: (1,), (batch,), or (batch, steps).
            state: (batch, rows, H, N) complex, 2 C x of the steps before; zeros by default.
            chunk_length: longer sequences are filtered in chunks of so many steps, which takes less memory.
            keep_state: whether to return the state behind the last step.
            filters: of a stream, where what depends on weights and scale alone is kept from one call to the next.

        Returns:
            (batch, rows, steps, H) of the inputs' type, and the state or None.
        """
        with torch.autocast(device_type=inputs.device.type, enabled=False):
            values, steps = inputs.float(), inputs.shape[2]
            if scale.ndim == 2 or (keep_state and steps <= FEW_STEPS):
                outputs, state = self.recur(values, scale, state, filters)
            elif state is None and not keep_state and steps <= (chunk_length or steps):
                outputs = convolve(values, self.kernel(scale, steps))
            else:
                outputs, state = self.in_chunks(values, scale, state, chunk_length or steps, keep_state)
            outputs = outputs + self.skip.float() * values
        return outputs.to(inputs.dtype), state if keep_state else None

    def eigenvalues(self) -> Tensor:
        """Lambda, (N,) complex."""
        return torch.complex(-self.log_decay.float().exp(), self.frequency.float())

    def exponents(self, scale: Tensor) -> Tensor:
        """Lambda dt for scales (S,) of the step, (S, H, N) complex: A is its exponential."""
        step = scale.to(self.log_step.device).float()[:, None] * self.log_step.float().exp()
        return step[..., None] * self.eigenvalues()

    def weights(self, decay: Tensor) -> Tensor:
        """2 C B for A (..., H, N)."""
        readout = torch.view_as_complex(self.readout.float().contiguous())
        return 2 * readout * (decay - 1) / self.eigenvalues()

    def kernel(self, scale: Tensor, steps: int) -> Tensor:
        """Answer to an impulse: K_l = 2 Re sum_n C_n B_n A_n^l, (S, H, steps), for scales (S,) of the step.

        A^l is split into A^(i w) A^j with w about the root of the length, so that only some 2 w powers are taken.
        """
        exponents = self.exponents(scale)
        weights = self.weights(exponents.exp())
        width = max(1, math.ceil(steps**0.5))
        count = torch.arange(width, device=exponents.device)
        high = torch.exp(exponents[..., None, :] * (width * count)[:, None]) * weights[..., None, :]
        low = torch.exp(exponents[..., None] * count)
        table = torch.cat((high.real, -high.imag), -1) @ torch.cat((low.real, low.imag), -2)
        return table.flatten(-2)[..., :steps]

    def matrix(self, scale: Tensor, steps: int, filters: dict | None = None) -> Tensor:
        """All that it does to so many steps, D u included: (H, to, from), in fp32, for one scale (1,)."""

        def make() -> Tensor:
            with torch.autocast(device_type=self.skip.device.type, enabled=False):
                kernel = self.kernel(scale, steps)[0]
                at_once = F.pad(self.skip.float()[:, None], (0, steps - 1))
                return kernel_matrix(kernel + at_once)

        return self.kept(filters, steps, scale, make)

    def recur(
        self, values: Tensor, scale: Tensor, state: Tensor | None, filters: dict | None = None
    ) -> tuple[Tensor, Tensor]:
        """Step by step; every step may have a length of its own. Without D u."""
        if state is None:
            state = self.empty_state(*values.shape[:2])
        outputs = []
        if scale.ndim == 1:
            decay, weights = self.kept(filters, 1, scale, lambda: self.one_step(scale))
        for index, value in enumerate(values.unbind(2)):
            if scale.ndim == 2:
                decay, weights = self.one_step(scale[:, index])
            state = decay * state + weights * value[..., None]
            outputs.append(state.real.sum(-1))
        return torch.stack(outputs, 2), state

    def one_step(self, scale: Tensor) -> tuple[Tensor, Tensor]:
        """A and 2 C B for scales (S,), both (S, 1, H, N) complex."""
        decay = self.exponents(scale).exp()[:, None]
        return decay, self.weights(decay)

    def kept(self, filters: dict | None, steps: int, scale: Tensor, make: Callable):
        """What `make` gives, once for as long as the scale stays."""
        if filters is None:
            return make()
        last, value = filters.get((self, steps), (None, None))
        if last is None or not torch.equal(last, scale):
            value = make()
            filters[self, steps] = scale, value
        return value

    def in_chunks(
        self, values: Tensor, scale: Tensor, state: Tensor | None, length: int, keep_state: bool
    ) -> tuple[Tensor, Tensor]:
        """Chunks by convolution, and a state from one to the next. Without D u."""
        if state is None:
            state = self.empty_state(*values.shape[:2])
        length = min(length, values.shape[2])
        exponents, outputs = self.exponents(scale), []
        kernel = self.kernel(scale, length)
        # A^0 ... A^length, (S, H, N, length + 1)
        powers = torch.exp(exponents[..., None] * torch.arange(length + 1, device=values.device))
        weights = self.weights(exponents.exp())
        chunks = values.split(length, dim=2)
        for index, chunk in enumerate(chunks):
            steps = chunk.shape[2]
            from_state = torch.einsum("brhn,shnl->brlh" if len(scale) == 1 else "brhn,bhnl->brlh",
                                      state, powers[..., 1 : steps + 1])  # fmt: skip
            outputs.append(convolve(chunk, kernel[..., :steps]) + from_state.real)
            if keep_state or index < len(chunks) - 1:
                to_end = powers[..., :steps].flip(-1)
                new = torch.einsum("brlh,shnl->brhn" if len(scale) == 1 else "brlh,bhnl->brhn",
                                   chunk.to(to_end.dtype), to_end)  # fmt: skip
                state = powers[:, None, ..., steps] * state + weights[:, None] * new
        return torch.cat(outputs, 2), state

    def empty_state(self, batch: int, rows: int) -> Tensor:
        """The state before the first step, (batch, rows, H, N) complex."""
        shape = (batch, rows, *self.readout.shape[:2])
        return torch.zeros(shape, dtype=torch.complex64, device=self.readout.device)


def convolve(values: Tensor, kernel: Tensor) -> Tensor:
    """Causal convolution of (batch, rows, steps, H) with (1 or batch, H, steps)."""
    steps = values.shape[2]
    if steps <= SHORT_SEQUENCE:
        return multiply(values, kernel_matrix(kernel))
    size = 2 * steps  # no wrapping round
    spectrum = torch.fft.rfft(values.transpose(2, 3), n=size) * torch.fft.rfft(kernel, n=size)[:, None]
    return torch.fft.irfft(spectrum, n=size)[..., :steps].transpose(2, 3)


def kernel_matrix(kernel: Tensor) -> Tensor:
    """The convolution with a kernel (..., steps) as a matrix, (..., to, from)."""
    steps = kernel.shape[-1]
    # rows of the matrix are windows of the turned kernel with zeros behind it
    return F.pad(kernel.flip(-1), (0, steps - 1)).unfold(-1, steps, 1).flip(-2)


def multiply(values: Tensor, matrix: Tensor) -> Tensor:
    """(batch, rows, steps, H) times a `kernel_matrix`."""
    if len(matrix) > 1:
        return torch.einsum("brjh,bhij->brih", values, matrix)
    channels_first = values.permute(3, 0, 1, 2).flatten(1, 2)  # one product for all: less to do than einsum has
    return (channels_first @ matrix[0].mT).unflatten(1, values.shape[:2]).permute(1, 2, 3, 0)


def flipped(inputs: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    """The same sequence seen from its end. The last step gets the length of the first, which has no step before it."""
    if scale.ndim == 2:
        scale = torch.cat((scale[:, :1], scale[:, 1:].flip(1)), 1)
    return inputs.flip(2), scale


__all__ = ["DiagonalStateSpace", "convolve", "flipped"]
