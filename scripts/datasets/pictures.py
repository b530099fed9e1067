"""Photographs of 256 x 256: those that come with the Python packages scikit-image and scikit-learn, and where they are installed those
of Debian's mate-backgrounds, lomiri-wallpapers and opencv-doc. Nothing of a picture to test by is among those to learn from."""
import os

import numpy as np
from PIL import Image

from .files import array, folder_of

SIDE = 256
BACKGROUNDS = "/usr/share/backgrounds"
OPENCV = "/usr/share/doc/opencv-doc/examples"
PACKAGES = ["mate-backgrounds", "lomiri-wallpapers-16.04", "lomiri-wallpapers-20.04", "opencv-doc"]

# The twelve of a golden measurement of the dark channel; the left motorcycle has a measured depth. Its right view shows the same, so
# nobody learns from it.
TEST = {
    "skimage": ["astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "motorcycle_left.png"],
    "mate": ["Dune.jpg", "Garden.jpg", "GreenMeadow.jpg", "Storm.jpg", "Wood.jpg", "YellowFlower.jpg", "Blinds.jpg"],
}
TRAIN = {
    "sklearn": ["china.jpg", "flower.jpg"],
    "skimage": ["ihc.png", "retina.jpg", "camera.png", "coins.png", "grass.png", "gravel.png", "brick.png"],
    "mate": ["Aqua.jpg", "FreshFlower.jpg", "LadyBird.jpg", "RainDrops.jpg", "TwoWings.jpg", "Elephants.jpg"],
    "lomiri": [
        "Bridge_by_Sander_Klootwijk.jpg", "Dragonfly_by_Bolly.jpg", "Infinite-Sea_by_Aury88.jpg",
        "Kleiber_by_Lukas_Baubkus.jpg", "Picture_0B_by_freespace.jpg", "Picture_1A_by_freespace.jpg", "Wine_by_Jakkub_Mede.jpg",
        "aitzgorri_by_Aitzol_Berasategi.jpg", "free_by_Peter_Nerlich.jpg", "friends_by_Aitzol_Berasategi.jpg",
        "greentock_by_Peter_Nerlich.jpg", "life_by_Aitzol_Berasategi.jpg", "picosdeeuropa_by_Aitzol_Berasategi.jpg",
        "seeding_by_Clements_Engelhardt.jpg", "sunset_by_Aitzol_Berasategi.jpg",
    ],
    "opencv": [
        "aloeL.jpg", "apple.jpg", "blox.jpg", "board.jpg", "building.jpg", "fruits.jpg", "left.jpg", "messi5.jpg", "rubberwhale1.png",
        "squirrel_cls.jpg", "000.jpg", "001.jpg", "plant.jpg",
    ],
}
# Neither learned from nor judged by: for two numbers that calibrate what was learned.
CALIBRATION = {
    "opencv": [
        "baboon.jpg", "box_in_scene.png", "butterfly.jpg", "chicky_512.png", "graf1.png", "home.jpg", "leuvenA.jpg", "orange.jpg",
        "smarties.png", "stuff.jpg", "002.jpg", "butterfly.png",
    ],
}


def folders():
    found = {"skimage": [folder_of("skimage", "data")], "sklearn": [folder_of("sklearn", "datasets/images")]}
    found["mate"] = [os.path.join(BACKGROUNDS, "mate", part) for part in ("nature", "abstract")]
    found["lomiri"] = [BACKGROUNDS, os.path.join(BACKGROUNDS, "lomiri")]
    found["opencv"] = [os.path.join(OPENCV, part) for part in ("data", "hfs/data", "alphamat/input_images", "dnn_superres")]
    return found


def square(image, resample):
    """The square in its middle, of SIDE."""
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return np.asarray(image.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), resample))


def pictures(names, missing):
    """Of [3, SIDE, SIDE], and what they are called."""
    found, called = [], []
    for source, files in names.items():
        for name in files:
            path = next((path for path in (os.path.join(folder, name) for folder in folders()[source]) if os.path.exists(path)), None)
            if path:
                found.append(square(Image.open(path).convert("RGB"), Image.LANCZOS).transpose(2, 0, 1))
                called.append(os.path.splitext(name)[0])
            else:
                missing.append(name)
    return found, called


def depth():
    """Of the left motorcycle, 0: near, to 1: far, from its measured disparity; the median where that is unknown."""
    stored = np.load(os.path.join(folder_of("skimage", "data"), "motorcycle_disp.npz"))
    disparity = stored[stored.files[0]].astype(float)
    disparity[~np.isfinite(disparity)] = np.nan
    far = 1 / np.maximum(np.where(np.isnan(disparity), np.nanmedian(disparity), disparity), 5)
    far = square(Image.fromarray(far.astype(np.float32)), Image.BILINEAR)
    return ((far - far.min()) / (far.max() - far.min())).astype(np.float32)


def make():
    """The arrays, and where their licence stands."""
    missing = []
    arrays = {}
    for part, names, purpose in (("train", TRAIN, "learn from"), ("calibration", CALIBRATION, "calibrate by"), ("test", TEST, "test by")):
        found, called = pictures(names, missing)
        if called:
            arrays[f"{part}.pictures"] = array(np.stack(found))
        print(f"{len(called)} to {purpose}: {', '.join(called)}")
    arrays["motorcycle.depth"] = array(depth())
    if missing:
        print(f"without {', '.join(missing)}: Debian's {', '.join(PACKAGES)} bring them")
    licences = [os.path.join(folder_of("skimage", "data"), "README.txt"), os.path.join(folder_of("sklearn", "datasets/images"), "README.txt")]
    for package in PACKAGES:
        licences.append(f"/usr/share/doc/{package}/copyright")
    return arrays, [path for path in licences if os.path.exists(path)]
