"""Files in other formats: the panel of the page, and the API's door."""

from pathlib import Path

import pytest
from demo_page import walk

from being_m0_hf.demo.exports import FORMATS
from being_m0_hf.io import load_motion
from being_m0_hf.retarget import import_motion

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def generated(app):
    """The links to the files of one motion, as a program gets them."""
    from gradio_client import Client

    client = Client(app.local_url, verbose=False, download_files=False)
    return client.predict("a person walks", 4, 3, api_name="/generate")


@pytest.mark.parametrize("format", [each.key for each in FORMATS])
def test_every_format_comes_by_the_api(client, generated, format):
    link = generated[3]["path"]
    path = Path(client.predict(link, format, "unity", 20, api_name="/export"))
    suffix = next(each.suffix for each in FORMATS if each.key == format)
    several = sum(each.suffix == suffix for each in FORMATS) > 1 and suffix != f".{format}"
    kind = f"-{format}" if several else ""
    assert path.name == f"walks-seed3{kind}{suffix}" and path.stat().st_size > 1000
    if suffix in (".glb", ".bvh", ".vrma", ".npz", ".json"):
        expected = walk("a person walks", seconds=4.0, seed=3).joints()
        assert (import_motion(path).joints() - expected).abs().max() < 1e-3


def test_settings_reach_the_file(client, generated):
    link = generated[3]["url"]
    path = client.predict(link, "bvh", "lafan1", 60, "m", True, True, api_name="/export")
    text = Path(path).read_text()
    assert "JOINT LeftForeArm" in text and "Frame Time: 0.01666" in text
    motion = load_motion(path)
    assert (motion.joints()[0] - motion.joints()[-1]).abs().max() < 1e-3
    assert (motion.translation[:, [0, 2]] - motion.translation[0, [0, 2]]).abs().max() < 1e-5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"motion": "/etc/passwd"}, "not here any more"),
        ({"motion": f"/tmp/motions/{'0' * 16}/a.json"}, "not here any more"),
        ({"motion": None}, "not here any more"),
        ({"format": "blend"}, "format is 'blend'; choose one of unity"),
        ({"names": "maya"}, "names are 'maya'; choose one of smpl"),
        ({"fps": 0}, "fps is '0', expected a number from 1 to 120"),
        ({"fps": "fast"}, "fps is 'fast', expected a number"),
        ({"units": "inch"}, "units are 'inch'; choose one of cm, m"),
        ({"format": "gif", "fps": 60}, "a GIF shows at most 50 frames per second"),
        ({"loop": "yes"}, "in_place and loop are true or false"),
    ],
)
def test_api_says_in_one_line_what_is_wrong(client, generated, capfd, settings, message):
    asked = {"motion": generated[3]["path"], "format": "bvh"} | settings
    with pytest.raises(Exception, match=message) as caught:
        client.predict(**asked, api_name="/export")
    assert "\n" not in str(caught.value) and "/tmp" not in str(caught.value)
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.browser
def test_a_visitor_takes_an_fbx_for_unity_home_with_one_click(page, tmp_path):
    page.get_by_role("button", name="For Unity, Unreal").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Make the file and download it").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.suffix == ".fbx" and b"LeftLowerArm\x00\x01Model" in path.read_bytes()
    again = page.get_by_role("button", name=f"Download {path.name} again")
    again.wait_for()
    page.get_by_label("For", exact=True).click()
    page.get_by_role("option", name="Unreal").click()
    again.wait_for(state="hidden")  # it is not what is asked for now
    assert page.get_by_label("Names of the joints").input_value() == "Unreal"
    page.get_by_label("For", exact=True).click()
    page.get_by_role("option", name="MP4").click()
    page.get_by_label("Names of the joints").wait_for(state="hidden")
    page.get_by_role("button", name="For Unity, Unreal").click()


@pytest.mark.browser
def test_one_choice_of_frames_a_second_holds_for_every_file(page, tmp_path):
    def taken(button: str) -> str:
        with page.expect_download() as download:
            page.get_by_role("button", name=button).click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        return path.read_text()

    page.get_by_label("Frames a second").click()
    page.get_by_role("option", name="60").click()
    page.wait_for_function("!document.querySelector('.downloads').inert")
    assert "Frame Time: 0.016666" in taken("Download BVH")
    page.get_by_role("button", name="For Unity, Unreal").click()
    page.get_by_label("For", exact=True).click()
    page.get_by_role("option", name="MotionBuilder").click()
    assert "Frame Time: 0.016666" in taken("Make the file and download it")
    page.get_by_role("button", name="For Unity, Unreal").click()
    page.get_by_label("Frames a second").click()
    page.get_by_role("option", name="30").click()
