"""Building on many machines, by datatrove.

Building is a map over chunks of files that share nothing, so all it wants of an engine is: start tasks on many
machines, know which are done, do the others again. datatrove does that over a plain folder and Slurm's own queue, or
processes of one machine, without a server. Ray and Dask keep a scheduler and its workers alive for data that tasks
exchange, and here they exchange none.

    options = BuildOptions(SourceOptions("/shared/recordings", licence="CC BY 4.0"))
    out = Path("/shared/my-motions")
    plan = plan_build(options, out)
    build_on_datatrove(partial(run_chunk, out), plan.num_chunks, tasks=500, logging_dir="/shared/logs",
                       executor="slurm", time="10:00:00", partition="cpu", mem_per_cpu_gb=4)
    finish_build(out, plan)  # when all tasks are done: Slurm only queues them

Needs ``pip install being-m0-hf[scale]``.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal


def build_on_datatrove(
    process_chunk: Callable[[int], object],
    num_chunks: int,
    tasks: int,
    logging_dir: str | Path,
    executor: Literal["local", "slurm"] = "local",
    **options,
) -> None:
    """Run ``process_chunk(0)`` to ``process_chunk(num_chunks - 1)`` in tasks that share them out.

    Started again with the same arguments, tasks that have ended well are left out. A task that was interrupted is done
    again from its first chunk, so ``process_chunk`` should leave out chunks whose result is there.

    Args:
        process_chunk: builds one chunk and writes its result to storage that all machines see. It travels to the
            tasks by its name, so it must be a function of an importable module, or a `functools.partial` of one.
        num_chunks: chunks in all.
        tasks: pieces of work to queue; task t does chunks t, t + tasks, t + 2 tasks ...
        logging_dir: shared folder for logs and for the marks of finished tasks.
        executor: ``local`` for processes of this machine, ``slurm`` for a cluster.
        options: of datatrove's executor, e.g. ``workers``, or for Slurm ``time``, ``partition``, ``mem_per_cpu_gb``.

    Raises:
        ValueError: no chunks or tasks, more tasks than chunks, an unknown executor, a function that cannot travel.
        ImportError: datatrove is not installed.
    """
    if num_chunks < 1 or not 1 <= tasks <= num_chunks:
        raise ValueError(f"{tasks} tasks for {num_chunks} chunks: give at least 1 task and as many chunks as tasks")
    function = process_chunk.func if isinstance(process_chunk, partial) else process_chunk
    if function.__module__ == "__main__" or "<" in function.__qualname__:
        raise ValueError(
            f"{function.__qualname__} cannot travel to other machines; move it to the top level of a module"
        )
    try:
        from datatrove.executor import LocalPipelineExecutor, SlurmPipelineExecutor
    except ImportError:
        raise ImportError("building on a cluster needs datatrove: pip install being-m0-hf[scale]") from None
    executors = {"local": LocalPipelineExecutor, "slurm": SlurmPipelineExecutor}
    if executor not in executors:
        raise ValueError(f"executor is {executor!r}, expected {' or '.join(executors)}")
    step = partial(_process_share, process_chunk=process_chunk, num_chunks=num_chunks)
    executors[executor](pipeline=[step], tasks=tasks, logging_dir=str(logging_dir), **options).run()


def _process_share(data, rank: int, world_size: int, *, process_chunk: Callable[[int], object], num_chunks: int):
    """A step of a datatrove pipeline: the chunks of task ``rank``. It passes no documents on."""
    for chunk in range(rank, num_chunks, world_size):
        process_chunk(chunk)
    return ()
