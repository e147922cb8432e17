"""How much of the truth is left in a data set that was curated of videos whose truth is known."""

from .measure import CurationErrors, measure_curation
from .scenes import KINDS, RATES, Scene, ScenePerson, beside, make_scenes, shortened, write_scene

__all__ = [
    "KINDS",
    "RATES",
    "CurationErrors",
    "Scene",
    "ScenePerson",
    "beside",
    "make_scenes",
    "measure_curation",
    "shortened",
    "write_scene",
]
