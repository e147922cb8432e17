"""The data set's card: ``README.md`` with the YAML by which ``load_dataset`` finds the shards."""

from pathlib import Path
from typing import TYPE_CHECKING

from huggingface_hub import DatasetCardData

from ...motion import PART_NAMES
from ...utils.atomic_files import write_whole
from ...utils.card_templates import render_card
from ...utils.licences import data_licence
from ..schema import SPLITS
from .build import BuildPlan

if TYPE_CHECKING:
    from .finish import BuildReport

_MOST_REASONS = 20
#: What those ask to be said who made recordings or sentences.
_ACKNOWLEDGEMENTS = {
    "cmu": "CMU: the data used in this project was obtained from mocap.cs.cmu.edu. The database was created with "
    "funding from NSF EIA-0196217.",
    "bandai": "Bandai-Namco: (c) 2022 Bandai Namco Research Inc., CC BY-NC 4.0; converted from BVH to 22 SMPL joints.",
    "more": "Animations of more and more_nc, converted to 22 SMPL joints: CMU, FBX by Keijiro Takahashi (the data used "
    "in this project was obtained from mocap.cs.cmu.edu; the database was created with funding from NSF EIA-0196217); "
    "Mannequiny animations by GDQuest and contributors (https://www.gdquest.com/), CC BY 4.0; Mesh2Motion, Quaternius "
    "and Kay Lousberg (KayKit), CC0.",
    "more_nc": "Of more_nc besides, for non-commercial weights only: DeepMimic motion clips, Copyright (c) 2018 Xue "
    "Bin Peng, MIT License; emote animations from Decentraland's godot-explorer and unity-renderer, Apache License "
    "2.0; (c) 2021 Sony Interactive Entertainment, CC BY-NC 4.0.",
    "humanml3d": "Sentences of origin humanml3d: HumanML3D (Guo et al., CVPR 2022), MIT.",
    "kit": "Sentences of origin kit: KIT Motion-Language Dataset (Plappert, Mandery, Asfour, Big Data 2016).",
}


def write_card(out: Path, plan: BuildPlan, stats: dict, report: "BuildReport") -> None:
    """Write ``README.md`` of a data set folder.

    Args:
        out: the folder, with its shards written.
        plan: what it was built from.
        stats: `StatsCollector.summary`.
        report: what was left out.
    """
    options = plan.options
    clips = sum(stats["clips"].values())
    licences = [words for source in stats["sources"].values() for words in source["licences"]]
    data = DatasetCardData(
        **data_licence(licences).card_fields(),
        language=["en"],
        pretty_name=out.resolve().name,
        size_categories=[_size_category(clips)],
        tags=["human-motion", "text-to-motion", "motion-capture", "smpl", "being-m0"],
        configs=[
            {
                "config_name": "default",
                "data_files": [
                    {"split": split, "path": f"data/{split}-*.parquet"} for split in SPLITS if stats["clips"].get(split)
                ],
            }
        ],
    )
    how = [f"Recordings longer than {options.longest:g} s were cut where the activity changes."] * bool(options.longest)
    how.append("Clips with recording errors were left out." if options.curate else "No clip was left out for quality.")
    how.append("Near-duplicates were removed. Every clip was measured and described by rules.")
    shared = stats["texts_by_people_in_several_splits"]["count"]
    by_rules = stats["body_origins"].get("rules", 0)
    card = render_card(
        "data_set",
        data,
        name=out.resolve().name,
        clips=f"{clips:,}",
        hours=f"{sum(stats['hours'].values()):.2f}",
        splits=[
            {"name": name, "clips": f"{stats['clips'].get(name, 0):,}", "hours": f"{stats['hours'].get(name, 0):.2f}"}
            for name in SPLITS
        ],
        sources=[
            {"name": name, "clips": f"{row['clips']:,}", "licence": "; ".join(row["licences"])}
            for name, row in stats["sources"].items()
        ],
        texts=[{"name": name, "count": f"{stats['texts'].get(name, 0):,}"} for name in ("body", *PART_NAMES)],
        recordings=f"{report.recordings:,}",
        kept_share=f"{report.kept / max(1, report.recordings):.1%}",
        reasons=[{"name": name, "count": count} for name, count in list(report.reasons.items())[:_MOST_REASONS]],
        flags=[{"name": name, "count": f"{count:,}"} for name, count in list(stats["flags"].items())[:_MOST_REASONS]],
        how=" ".join(how),
        by_rules=f"{by_rules:,}",
        by_people=f"{stats['texts']['body'] - by_rules:,}",
        acknowledgements=[
            text
            for name, text in _ACKNOWLEDGEMENTS.items()
            if name in stats["sources"] or name in stats["body_origins"]
        ],
        shared_texts=(
            f"{shared:,} of {stats['texts_by_people']:,} different sentences by people occur in more than one split "
            "(after articles and endings are dropped): people say the same of different clips."
            if stats["texts_by_people"]
            else ""
        ),
    )
    write_whole(out / "README.md", card.encode())


def _size_category(clips: int) -> str:
    for limit, name in ((1e3, "n<1K"), (1e4, "1K<n<10K"), (1e5, "10K<n<100K"), (1e6, "100K<n<1M")):
        if clips < limit:
            return name
    return "1M<n<10M"
