"""``.eval_results/*.yaml``: a card's figures in the form that the Hub shows beside the data set they belong to."""

import re
from collections.abc import Sequence

import yaml
from huggingface_hub import EvalResult, EvalResultEntry, eval_result_entries_to_yaml

from ..utils.hub_upload import HubFile

HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


def eval_result_files(results: Sequence[EvalResult]) -> list[HubFile]:
    """A file for each data set on the Hub; rows of other data have no place there and stay on the card alone."""
    rows: dict[str, list[EvalResultEntry]] = {}
    for row in results:
        if HUB_ID.fullmatch(row.dataset_type):
            split = f"split {row.dataset_split}, " if row.dataset_split else ""
            entry = EvalResultEntry(
                dataset_id=row.dataset_type,
                task_id=re.sub(r"[^a-z0-9]+", "_", row.metric_type.lower()).strip("_"),
                value=row.metric_value,
                dataset_revision=row.dataset_revision,
                notes=f"{row.metric_name}, {split}being-m0 evaluate",
            )
            rows.setdefault(row.dataset_type, []).append(entry)
    return [
        HubFile(
            f".eval_results/{data.replace('/', '--')}.yaml",
            yaml.safe_dump(eval_result_entries_to_yaml(entries), sort_keys=False).encode(),
        )
        for data, entries in rows.items()
    ]
