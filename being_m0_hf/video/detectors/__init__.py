"""Detectors of people: a picture in, the keypoints of everybody in it out."""

from .base import PeopleDetector, PeopleFollower, load_detector

__all__ = ["PeopleDetector", "PeopleFollower", "load_detector"]
