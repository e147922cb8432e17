"""The Hugging Face Space: the package's demo page around the model it ships."""

from being_m0_hf import load_pipeline
from being_m0_hf.demo import build_demo, launch_demo

demo = build_demo(load_pipeline())

if __name__ == "__main__":
    launch_demo(demo, mcp_server=True)
