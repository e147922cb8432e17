"""Several processes that talk through gloo, as a launcher would start them, but forked: nothing is imported again."""

import os
import socket
import traceback
from collections.abc import Callable

import torch
import torch.multiprocessing


def run_in_processes(count: int, function: Callable[..., None], *args, **environment: str) -> None:
    """Call ``function(*args)`` in ``count`` processes with a launcher's environment; an error in one is raised here."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shared = {
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count),
        "ACCELERATE_USE_CPU": "true", **environment,
    }  # fmt: skip
    torch.multiprocessing.start_processes(
        _process, args=(shared, function, args), nprocs=count, join=True, start_method="fork"
    )


def _process(rank: int, environment: dict[str, str], function: Callable[..., None], args: tuple) -> None:
    from accelerate.state import AcceleratorState

    torch.set_num_threads(1)
    os.environ.update(environment, RANK=str(rank), LOCAL_RANK=str(rank))
    AcceleratorState._reset_state(reset_partial_state=True)
    if environment.get("ACCELERATE_USE_FSDP") == "true":
        _shard_on_cpu()
    try:
        function(*args)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


def _shard_on_cpu() -> None:
    """Let Accelerate shard on a CPU, too: it asks for a GPU first, though FSDP2 itself runs on either."""
    from accelerate.state import AcceleratorState, PartialState
    from accelerate.utils import DistributedType

    prepare = AcceleratorState.__init__

    def sharded(state, *args, fsdp_plugin=None, **options):
        prepare(state, *args, fsdp_plugin=fsdp_plugin, **options)
        if fsdp_plugin is not None:
            state.distributed_type, state.fsdp_plugin = DistributedType.FSDP, fsdp_plugin
            PartialState._shared_state["distributed_type"] = DistributedType.FSDP

    AcceleratorState.__init__ = sharded
