"""`transformers.pipeline("text-to-motion")`, beside `load_pipeline`, which also reads rankers and adapters."""

from dataclasses import replace

from transformers import AutoModel, Pipeline
from transformers.pipelines import PIPELINE_REGISTRY

from ..models.being_m0 import BeingM0Processor
from ..motion import Motion
from .text_to_motion import DEFAULT_CHECKPOINT, MotionPipeline, load_pipeline

TASK = "text-to-motion"


class TextToMotionPipeline(Pipeline):
    """`MotionPipeline` as transformers calls it: a text gives a `Motion`, a list of texts a list of them."""

    _load_processor = False
    _load_tokenizer = False
    _load_feature_extractor = False
    _load_image_processor = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        name = self.model.name_or_path
        if isinstance(self.processor, BeingM0Processor):
            self.motions = MotionPipeline(self.model, self.processor)
        else:
            self.motions = replace(load_pipeline(name), model=self.model)

    def _sanitize_parameters(self, **options):
        return {}, options, {}

    def preprocess(self, text: str) -> dict:
        return {"text": text}

    def _forward(self, inputs: dict, **options) -> dict:
        return {"motion": self.motions(inputs["text"], **options)}

    def postprocess(self, outputs: dict) -> Motion | list[Motion]:
        return outputs["motion"]


def register_text_to_motion() -> None:
    """Make transformers know the task."""
    if TASK not in PIPELINE_REGISTRY.get_supported_tasks():
        PIPELINE_REGISTRY.register_pipeline(
            TASK, TextToMotionPipeline, pt_model=AutoModel, default={"model": (DEFAULT_CHECKPOINT, "main")}, type="text"
        )


register_text_to_motion()
