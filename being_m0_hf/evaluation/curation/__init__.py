"""How much of the truth is left in a data set that was curated of videos whose truth is known."""

from .measure import CurationErrors, measure_curation
from .scenes import KINDS, Scene, ScenePerson, make_scenes, write_scene

__all__ = ["KINDS", "CurationErrors", "Scene", "ScenePerson", "make_scenes", "measure_curation", "write_scene"]
