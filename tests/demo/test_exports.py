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
    assert path.name == f"a-person-walks-seed3{suffix}" and path.stat().st_size > 1000
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
        ({"format": "blend"}, "format is 'blend'; choose one of glb"),
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
def test_a_visitor_takes_an_fbx_for_unity_home(page, tmp_path):
    page.get_by_role("button", name="Other formats and settings").click()
    page.get_by_label("Names of the joints").click()
    page.get_by_role("option", name="Unity").click()
    page.get_by_role("button", name="Make the file").click()
    button = page.get_by_role("button", name="Download a-person")
    button.wait_for()
    with page.expect_download() as download:
        button.click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.suffix == ".fbx" and b"LeftLowerArm\x00\x01Model" in path.read_bytes()
    page.get_by_label("Format").click()
    page.get_by_role("option", name="MP4").click()
    page.get_by_label("Names of the joints").wait_for(state="hidden")
    page.get_by_role("button", name="Other formats and settings").click()
