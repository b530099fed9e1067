"""Pictures under haze, what clears them, and how near that comes: for the benchmark dehaze."""
import os
import sys

import numpy as np
from scipy.ndimage import gaussian_filter, minimum_filter, uniform_filter

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "deploy", "python")]
import starling_policy

WINDOW, STEP, GRID, CELLS = 24, 8, 8, 12


# Pictures under haze.

def small(stored):
    """[3, 256, 256] bytes as [128, 128, 3] of 0 … 1."""
    return stored.reshape(3, 128, 2, 128, 2).mean((2, 4)).transpose(1, 2, 0) / 255


def plasma(rng, n, sigma):
    z = gaussian_filter(rng.standard_normal((n, n)), sigma)
    return (z - z.min()) / (z.max() - z.min())


def veiled(J, t, A):
    """As bytes have it."""
    return np.rint((J * t[..., None] + A * (1 - t[..., None])) * 255).astype(np.uint8)


def dark_channel(I):
    def guided(g, p, r, eps):
        f = lambda x: uniform_filter(x, 2 * r + 1)
        a = (f(g * p) - f(g) * f(p)) / (f(g * g) - f(g) ** 2 + eps)
        return f(a) * g + f(f(p) - a * f(g))

    dark = minimum_filter(I.min(2), 7)
    brightest = np.argsort(dark.ravel())[-max(1, int(dark.size * 0.001)):]
    A = I.reshape(-1, 3)[brightest]
    A = A[A.sum(1).argmax()]
    t = guided(I.mean(2), 1 - 0.95 * minimum_filter((I / A).min(2), 7), 15, 1e-3)
    return restored(I, np.clip(t, 0.1, 1), A)


def restored(I, t, A):
    return np.clip((I - A) / np.maximum(t, 0.1)[..., None] + A, 0, 1)


def psnr(a, b):
    return -10 * np.log10(((a - b) ** 2).mean())


def ssim(a, b):
    g = lambda z: gaussian_filter(z, 1.5)
    total = 0
    for x, y in zip(a.transpose(2, 0, 1), b.transpose(2, 0, 1)):
        mx, my = g(x), g(y)
        vx, vy, c = g(x * x) - mx * mx, g(y * y) - my * my, g(x * y) - mx * my
        total += (((2 * mx * my + 1e-4) * (2 * c + 9e-4)) / ((mx * mx + my * my + 1e-4) * (vx + vy + 9e-4))).mean()
    return total / 3


def enlarging():
    """[24, 8]: bilinear, pixels in the middle of theirs."""
    weights = np.zeros((WINDOW, GRID))
    for place in range(WINDOW):
        at = min(GRID - 1, max(0, (place + 0.5) / (WINDOW // GRID) - 0.5))
        first = int(at)
        weights[place, first] += 1 - (at - first)
        if at > first:
            weights[place, first + 1] += at - first
    return weights


ENLARGING = enlarging()


def overview(seen):
    """A scene or picture of bytes in CELLS x CELLS rectangles, their means, as bytes."""
    edges = np.linspace(0, len(seen), CELLS + 1)
    pixels = np.arange(len(seen))
    shares = np.clip(np.minimum(pixels + 1, edges[1:, None]) - np.maximum(pixels, edges[:-1, None]), 0, 1) / (len(seen) / CELLS)
    return np.floor(np.einsum("ay,bx,yxc->abc", shares, shares, seen) + 0.5).astype(np.uint8)


class Model:
    """A run's latent, by the arrays of its decoder."""

    def __init__(self, run):
        self.policy = starling_policy.load(run, backend="numpy")
        self.parts, first = {}, 0
        for part in self.policy.description["observation"]["decoded"]:
            count = int(np.prod(part["shape"]))
            self.parts[part["name"].split(".", 1)[1]] = (slice(first, first + count), part["shape"])
            first += count

    def decode(self, windows, places, overviews):
        """Of windows [N, 24, 24, 3], places [N, 2] and overviews [N, 12, 12, 3] what is decoded, by name."""
        told = []
        for first in range(0, len(windows), 512):
            some = slice(first, first + 512)
            seen = {"window": windows[some], "overview": overviews[some]}
            seen = {name: bytes.transpose(0, 3, 1, 2) for name, bytes in seen.items()} | {"place": places[some].astype(np.float32)}
            mean = self.policy.encode(seen)["mean"]
            told.append(self.policy.decode(mean)["scaled"])
        told = np.concatenate(told)
        return {name: told[:, columns].reshape(-1, *shape) for name, (columns, shape) in self.parts.items()}

    def dehaze(self, seen):
        """A picture window by window: transmissions are averaged, weighted towards the middles of windows, and so is the light of the air,
        which a picture has one of, weighted by how much of it a window sees. Of a decoder of pictures these are averaged."""
        side = len(seen)
        corners = [(y, x) for y in range(0, side - WINDOW + 1, STEP) for x in range(0, side - WINDOW + 1, STEP)]
        windows = np.stack([seen[y:y + WINDOW, x:x + WINDOW] for y, x in corners])
        places = np.array([[2 * x / (side - WINDOW) - 1, 2 * y / (side - WINDOW) - 1] for y, x in corners])
        told = self.decode(windows, places, np.broadcast_to(overview(seen), (len(windows), CELLS, CELLS, 3)))
        ramp = 1 - np.abs(np.arange(WINDOW) - (WINDOW - 1) / 2) / (WINDOW / 2)
        weight = (ramp[:, None] * ramp + 1e-3)[..., None]

        def together(parts):
            total, shares = np.zeros((side, side, parts.shape[-1])), np.zeros((side, side, 1))
            for (y, x), part in zip(corners, parts):
                total[y:y + WINDOW, x:x + WINDOW] += weight * part
                shares[y:y + WINDOW, x:x + WINDOW] += weight
            return total / shares

        if "clear" in told:
            return together(told["clear"].reshape(-1, 3, WINDOW, WINDOW).transpose(0, 2, 3, 1))
        t = ENLARGING @ told["transmission"][:, 0] @ ENLARGING.T
        airs = 1 - t.mean((1, 2)) + 1e-6
        return restored(seen / 255, together(t[..., None])[..., 0], (airs[:, None] * told["airlight"]).sum(0) / airs.sum())

    def act(self, windows, places, overviews, states, rng):
        """Actions of many windows, and what is remembered in the place of states; rng: who draws them, nil: greedy."""
        inputs = {"observation.window": windows.transpose(0, 3, 1, 2), "observation.place": places.astype(np.float32),
                  "observation.overview": overviews.transpose(0, 3, 1, 2), "state": states}
        told = self.policy.run("acting", inputs)
        states[:] = told.get("next_state", states)
        if rng is None:
            return told["action"]
        p = np.exp(told["log_probabilities"].astype(np.float64)).cumsum(1)
        return (rng.random((len(p), 1)) * p[:, -1:] > p).sum(1)


def judge_pictures(model, stored):
    rng = np.random.default_rng(0)
    rows, shown = [], []
    cases = [(name, small(picture), None) for name, picture in zip(stored["names"], stored["test.pictures"])]
    cases += [(name + " (depth)", J, stored["motorcycle.depth"].reshape(128, 2, 128, 2).mean((1, 3))) for name, J, _ in cases if "motorcycle" in name]
    for name, J, depth in cases:
        d = 0.6 * np.linspace(1, 0, 128)[:, None] + 0.4 * plasma(rng, 128, 12) if depth is None else depth
        for beta in (0.8, 1.6, 2.4):
            A, t = rng.uniform(0.75, 1), np.exp(-beta * d)
            seen = veiled(J, t, A)
            I = seen / 255
            results = {"haze": I, "dark channel": dark_channel(I), "run": model.dehaze(seen), "true t, A": restored(I, t, A)}
            rows.append((name, beta, {key: (psnr(value, J), ssim(value, J)) for key, value in results.items()}))
            if beta == 1.6:
                shown.append([I, results["dark channel"], results["run"], J])
    return rows, shown


def landscape(rng, side=128):
    """Sky, ridges one before the other, ground and boxes on it, in the manner of the environment's: colours of 0 … 1 and depth. What is
    further up is further away."""
    y, x = np.mgrid[:side, :side]
    colour = lambda low, high: rng.uniform(low, high, 3)
    horizon = int(rng.uniform(0.3, 0.5) * side)
    clouds = 0.5 * np.maximum(0, plasma(rng, side, 14) - 0.5)
    picture = np.array([0.2, 0.4, 0.7]) + colour(0, 0.3) + (y / side)[..., None] * colour(-0.1, 0.4) + clouds[..., None]
    depth = np.ones((side, side))

    def paint(where, base, far):
        light = 1 + rng.uniform(0, 1) * (plasma(rng, side, 10) - 0.5) + rng.uniform(0, 1.2) * (plasma(rng, side, 2) - 0.5)
        picture[where], depth[where] = (base * light[..., None])[where], np.broadcast_to(far, (side, side))[where]

    for nearness in (0.25, 0.5, 0.75):
        waves = sum(rng.uniform(2, 9) * np.sin(rng.uniform(0.02, 0.2) * x + rng.uniform(0, 2 * np.pi)) for _ in range(3))
        paint(y >= horizon - 16 + 20 * nearness + waves, colour(0.05, 0.6), 0.95 - 0.4 * nearness)
    ground = 0.1 + 0.75 * (side - y) / (side - horizon)
    paint(y >= horizon + 6, colour(0.03, 0.65), ground)
    for base in sorted(rng.integers(horizon + 8, side, 6)):
        size = 1.2 - ground[base, 0]
        width, height, left = 5 + rng.uniform(5, 36) * size, 8 + rng.uniform(8, 76) * size, rng.integers(0, side)
        box = (x >= left) & (x < left + width) & (y < base) & (y >= base - height)
        paint(box, colour(0.05, 0.95), ground[base, 0])
        paint(box & ((x - left) % 7 >= 4) & ((base - y) % 8 >= 4), colour(0, 0.9), ground[base, 0])
    return np.clip(picture, 0, 1), depth


def drawn_pictures(model, count=12):
    """Landscapes under haze of β = 1.6, and what becomes of them: haze, dark channel, run, without haze."""
    shown = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        J, depth = landscape(rng)
        seen = veiled(J, np.exp(-1.6 * depth), rng.uniform(0.75, 1))
        shown.append([seen / 255, dark_channel(seen / 255), model.dehaze(seen), J])
    return shown
