"""Publishing on the Hugging Face Hub: what may leave a folder, its card, the upload."""

from .push import PushPlan, plan_push, push

__all__ = ["PushPlan", "plan_push", "push"]
