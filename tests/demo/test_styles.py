"""The page's list of styles: adapters on a real, tiny model, chosen in a browser and through the API."""

import re
import urllib.request
from pathlib import Path

import pytest
import torch
from demo_page import DESKTOP, ask_as_an_assistant, control, viewer, visit
from gradio_client import Client
from tiny_models import tiny_model, tiny_processor

from being_m0_hf import MotionPipeline, load_pipeline
from being_m0_hf.demo import build_demo, launch_demo
from being_m0_hf.io import load_motion
from being_m0_hf.pipelines.styles import load_styled_pipeline
from being_m0_hf.trainers.lora import with_adapters

ASK = ("a person walks", 1, 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny base with three adapters beside it: "giant" with a trigger, "dwarf" without, "whole" with its decoder."""
    root = tmp_path_factory.mktemp("styles")
    MotionPipeline(tiny_model(max_steps=24), tiny_processor(max_steps=24)).save_pretrained(root / "base")
    for seed, name in enumerate(("giant", "dwarf", "whole")):
        more = {"modules_to_save": ["motion_tokenizer.decoder"]} if name == "whole" else {}
        adapter = with_adapters(load_pipeline(root / "base").model, 2, **more)
        generator = torch.Generator().manual_seed(seed)
        for weight in (weight for key, weight in adapter.named_parameters() if "lora_B" in key):
            weight.data = 0.5 * torch.randn(weight.shape, generator=generator)
        adapter.peft_config["default"].base_model_name_or_path = "base"
        adapter.save_pretrained(root / name, save_embedding_layers=False)
    (root / "giant" / "generation_config.json").write_text('{"trigger": "giant style"}')
    return root


@pytest.fixture(scope="module")
def styled(folder):
    """The giant at 1, the dwarf at 0.5."""
    return load_styled_pipeline(adapters=[str(folder / "giant"), f"{folder / 'dwarf'}:0.5", str(folder / "whole")])


@pytest.fixture(scope="module")
def page_of_styles(styled):
    demo = build_demo(styled)
    launch_demo(demo, server_name="127.0.0.1", prevent_thread_lock=True, quiet=True)
    yield demo
    demo.close()


def expected(folder, text, adapters, seconds=1):
    pipeline = load_pipeline(folder / "base", adapters={str(folder / name): each for name, each in adapters.items()})
    return pipeline(text, seconds=seconds, seed=3)


@pytest.mark.parametrize("styles", [{}, {"giant": 1.0}, {"dwarf": 0.5}, {"giant": 0.7, "dwarf": -0.25}, {"whole": 1.0}])
def test_every_mix_is_what_the_adapters_give_alone_in_any_order(styled, folder, styles):
    asked = expected(folder, "a person walks", styles)
    for before in ({"giant": 1.0}, {"whole": 1.0}):
        styled("a person walks", seconds=1, styles=before)
        assert torch.equal(styled("a person walks", seconds=1, seed=3, styles=styles).rotations, asked.rotations)


def test_mixes_share_the_weights_of_the_model(styled):
    base = {weight.data_ptr() for weight in styled.model.parameters()}
    mixed = {weight.data_ptr() for weight in styled.mix({"giant": 1.0}).model.parameters()}
    assert base <= mixed


def test_two_adapters_of_one_name_are_refused(folder, tmp_path):
    (tmp_path / "giant").symlink_to(folder / "giant")
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "giant"
    other.mkdir()
    for path in (folder / "giant").iterdir():
        (other / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ValueError, match="two adapters are called 'giant'"):
        load_styled_pipeline(str(folder / "base"), [str(folder / "giant"), str(other)])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("styles", "text", "adapters"),
    [
        (["giant"], "a person walks, giant style", {"giant": 1.0}),
        (["giant:0.7", "dwarf"], "a person walks, giant style", {"giant": 0.7, "dwarf": 0.5}),
        (["dwarf"], "a person walks", {"dwarf": 0.5}),
        ([], "a person walks", {}),
    ],
)
def test_programs_choose_styles_by_name(page_of_styles, folder, styles, text, adapters):
    client = Client(page_of_styles.local_url, verbose=False)
    path = client.predict(*ASK, styles=styles, api_name="/generate")[2]
    assert (load_motion(path).joints() - expected(folder, text, adapters).joints()).abs().max() < 1e-3
    assert ("giant-style" in Path(path).name) == ("giant style" in text)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("styles", "message"),
    [
        (["ogre"], "There is no style 'ogre'; choose from giant, dwarf, whole"),
        (["giant", "giant:0.5"], "giant is chosen twice"),
        (["giant:9"], "weight of giant is 9, expected -2 to 2"),
        ([3], "expected a list of names"),
        (["giant", "whole"], "whole brings whole layers"),
    ],
)
def test_styles_that_cannot_be_are_refused_in_one_line(page_of_styles, folder, styles, message, capfd):
    with pytest.raises(Exception, match=message) as caught:
        Client(page_of_styles.local_url, verbose=False).predict(*ASK, styles=styles, api_name="/generate")
    assert "\n" not in str(caught.value) and str(folder) not in str(caught.value)
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.slow
def test_programs_hear_which_styles_there_are(page_of_styles):
    endpoint = Client(page_of_styles.local_url, verbose=False).view_api(return_format="dict")["named_endpoints"]
    styles = endpoint["/generate"]["parameters"][-1]
    assert styles["parameter_name"] == "styles"
    assert all(name in str(styles) for name in ("giant", "dwarf", "whole"))


@pytest.mark.slow
def test_assistants_hear_which_styles_there_are_and_choose(styled, folder):
    pytest.importorskip("mcp", reason="the mcp extra is not installed: pip install 'being-m0-hf[mcp]'")
    demo = build_demo(styled)
    launch_demo(demo, server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, mcp_server=True)
    try:
        asked = {"text": "a person walks", "seconds": 1, "seed": 3, "styles": ["giant:0.7", "dwarf"]}
        tools, (answer,) = ask_as_an_assistant(demo.local_url, ("generate_motion", asked))
        styles = tools[0].inputSchema["properties"]["styles"]
        assert all(name in str(styles) for name in ("giant", "dwarf", "whole"))
        link = re.search(r"http://[^\s']+\.json", answer).group()
        path = folder / "answer.json"
        path.write_bytes(urllib.request.urlopen(link).read())
        due = expected(folder, "a person walks, giant style", {"giant": 0.7, "dwarf": 0.5})
        assert (load_motion(path).joints() - due.joints()).abs().max() < 1e-3
        _, (refused,) = ask_as_an_assistant(demo.local_url, ("generate_motion", asked | {"styles": ["ogre"]}))
        assert "ogre" in refused
    finally:
        demo.close()


@pytest.mark.browser
def test_a_visitor_chooses_a_style(page_of_styles, browser, folder):
    with visit(browser, page_of_styles.local_url, DESKTOP) as page:
        viewer(page, "ready")
        control(page, ".caption").filter(has_text="giant style").wait_for()  # the page opens on the first one
        chosen = page.locator(".styles")
        chosen.locator(".token").filter(has_text="giant").locator(".token-remove").click()
        chosen.get_by_label("Style").fill("dwarf:0.7")
        chosen.get_by_label("Style").press("Enter")
        chosen.locator(".token").filter(has_text="dwarf:0.7").wait_for()
        page.get_by_label("New one each time").uncheck()
        page.get_by_label("Seed").fill("3")
        page.get_by_label("What does the person do?").fill("a person walks")
        page.get_by_role("button", name="Generate motion").click()
        control(page, ".head .seed").filter(has_text="3").wait_for()
        viewer(page, "playback.pause()")
        viewer(page, "playback.seek(0)")
        joints = expected(folder, "a person walks", {"dwarf": 0.7}, None).joints()[0]
        assert (torch.tensor(viewer(page, "jointPositions()")) - joints).abs().max() < 1e-3


@pytest.mark.browser
def test_without_adapters_there_is_no_such_list(page):
    assert not page.locator(".styles").is_visible()
