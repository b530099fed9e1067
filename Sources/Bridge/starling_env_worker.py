"""Environments of Gymnasium for a Starling actor, in a process of their own.

The actor hands this file to the user's Python as descriptor 3, with a socket (4) and shared memory (5). It needs numpy and
gymnasium, and nothing of Starling's. What is said on the socket, and how the memory lies, stands in the page Gymnasium.
"""
import ast
import ctypes
import importlib
import importlib.util
import inspect
import json
import math
import mmap
import os
import signal
import socket
import sys
import time
import traceback

SOCKET, MEMORY = 4, 5
ORDINARY, TERMINATED, TRUNCATED, RESET = 0, 1, 2, 3
# What the actor wants of an environment in a step.
STEP, BEGIN, NOTHING = 0, 1, 2


class Refusal(Exception):
    """What no second try mends, in one line."""


class Invalid(Exception):
    """What a step or a reset gave and none may give, in one line."""


# ---------------------------------------------------------------- what the user has

def pip(package):
    return f"{sys.executable} -m pip install {package}"


def load_libraries():
    global np, gym, spaces
    try:
        import numpy as np
    except ImportError as error:
        raise Refusal(f"{sys.executable} can't import numpy ({error}): {pip('gymnasium')}")
    try:
        import gymnasium as gym
        from gymnasium import spaces
    except ImportError as error:
        raise Refusal(f"{sys.executable} can't import gymnasium ({error}): {pip('gymnasium')}, or name another Python by --python")


PACKAGES = {
    "Box2D": "'gymnasium[box2d]'", "box2d": "'gymnasium[box2d]'", "mujoco": "'gymnasium[mujoco]' 'mujoco<4'", "ale_py": "ale-py",
    "pygame": "pygame-ce", "cv2": "opencv-python-headless", "highway_env": "highway-env", "jax": "'gymnasium[jax]'",
    "toy_text": "'gymnasium[toy-text]'",
}
# Where environments come from that register themselves when they are imported.
NAMESPACES = {"ALE": "ale_py", "MiniGrid": "minigrid", "BabyAI": "minigrid"}
BEGINNINGS = {"MiniGrid-": "minigrid", "BabyAI-": "minigrid", "highway-": "highway_env", "racetrack-": "highway_env",
              "merge-": "highway_env", "roundabout-": "highway_env", "parking-": "highway_env", "intersection-": "highway_env"}


def missing(error):
    """The pip line for something that could not be imported; None when that wasn't it."""
    cause = error
    while cause is not None:
        if isinstance(cause, ModuleNotFoundError) and cause.name:
            module = cause.name.split(".")[0]
            return f"{module} is not installed: {pip(PACKAGES.get(module, module))}"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, gym.error.DependencyNotInstalled):
        text = one_line(error)
        known = next((package for module, package in PACKAGES.items() if module.lower() in text.lower()), None)
        return f"{text}: {pip(known)}" if known else text
    return None


def one_line(error):
    return " ".join(str(error).split()) or type(error).__name__


def load_module(module):
    """A module of the user's, by name or from a file."""
    name, path = module["name"], module["path"]
    try:
        if path:
            sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
            if not os.path.exists(path):
                raise Refusal(f"environment.module: there is no file {path} here")
            spec = importlib.util.spec_from_file_location(name, path)
            loaded = importlib.util.module_from_spec(spec)
            sys.modules[name] = loaded
            spec.loader.exec_module(loaded)
            return loaded
        sys.path.insert(0, os.getcwd())
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] == name.split(".")[0]:
            raise Refusal(f"environment.module: this Python finds no module {name}: {pip(PACKAGES.get(name, name))}, or name its file")
        raise Refusal(f"environment.module {name}: {missing(error)}")


def find_class(options, module):
    """A class of the module, where the identifier names one and nothing that is registered."""
    name = options.get("id")
    if module is None:
        return None
    if name is not None:
        found = getattr(module, name, None)
        return found if inspect.isclass(found) and issubclass(found, gym.Env) else None
    own = [value for value in vars(module).values()
           if inspect.isclass(value) and issubclass(value, gym.Env) and value.__module__ == module.__name__]
    if len(own) == 1:
        return own[0]
    raise Refusal(f"environment.id is not set, and {module.__name__} has {len(own)} classes of gymnasium.Env: set it to a registered "
                  f"environment or to the name of a class ({', '.join(sorted(c.__name__ for c in own)) or 'none there'})")


def unknown(name):
    import difflib
    package = NAMESPACES.get(name.split("/")[0]) or next((p for b, p in BEGINNINGS.items() if name.startswith(b)), None)
    if package:
        return f"no environment {name}: it comes with {package}: set environment.module to {package}, and if need be {pip(PACKAGES.get(package, package))}"
    known = list(gym.registry)
    stem = name.split("-v")[0].lower()
    near = [k for k in known if k.split("-v")[0].lower() == stem] or difflib.get_close_matches(name, known, 3, 0.5)
    hint = f"; near are {', '.join(near)}" if near else ""
    return f"Gymnasium has no environment {name}{hint}. One of your own needs environment.module, the file or the module that registers it"


def parse_wrapper(text, module):
    """`TimeLimit(max_episode_steps=200)`: a subclass of gymnasium.Wrapper, and arguments that are literals."""
    try:
        node = ast.parse(text, mode="eval").body
        call = node if isinstance(node, ast.Call) else None
        name = ast.unparse(call.func if call else node)
        positional = [ast.literal_eval(a) for a in call.args] if call else []
        named = {k.arg: ast.literal_eval(k.value) for k in call.keywords} if call else {}
    except (SyntaxError, ValueError, AttributeError):
        raise Refusal(f"environment.wrappers: '{text}' is not of the form Name(key=value, …) with plain values")
    place, _, last = name.rpartition(".")
    import gymnasium.wrappers
    found = None
    if not place:
        found = own_wrappers().get(last) or getattr(gymnasium.wrappers, last, None) or getattr(module, last, None)
    elif place in ("gymnasium.wrappers", "gym.wrappers"):
        found = getattr(gymnasium.wrappers, last, None)
    elif module is not None and (place == module.__name__ or place.startswith(module.__name__ + ".")):
        found = getattr(importlib.import_module(place), last, None)
    if not (inspect.isclass(found) and issubclass(found, gym.Wrapper)):
        raise Refusal(f"environment.wrappers: {name} is no wrapper of gymnasium.wrappers or of environment.module")
    return Wrapping(found, positional, named)


class Wrapping:
    """A wrapper that is named, with its arguments."""

    def __init__(self, wrapper, positional, named):
        self.wrapper, self.positional, self.named = wrapper, positional, named

    def __call__(self, env):
        return self.wrapper(env, *self.positional, **self.named)

    def vector_arguments(self):
        """What the environment's own vector form is told in the wrapper's place; None where it knows no such thing."""
        told = getattr(self.wrapper, "vector_arguments", None)
        return told(*self.positional, **self.named) if told else None


def maker(config):
    """What makes one environment, and what makes many as one where the environment can do that itself."""
    options = config["options"]
    module = load_module(config["module"]) if config.get("module") else None
    kwargs = dict(options.get("kwargs") or {})
    renders = config.get("render")
    wrappers = [parse_wrapper(text, module) for text in options.get("wrappers") or []]
    found = find_class(options, module)
    name = options.get("id") or found.__name__
    spec = None
    if name in gym.registry or found is None:
        try:
            spec = gym.spec(name)
        except gym.error.Error:
            raise Refusal(unknown(name))

    def make_plain():
        more = {"render_mode": "rgb_array"} if renders and "render_mode" not in kwargs else {}
        try:
            return gym.make(spec, disable_env_checker=True, **kwargs, **more) if spec is not None else found(**kwargs, **more)
        except Exception:
            # One that can't draw itself is stepped all the same.
            if not more:
                raise
            return gym.make(spec, disable_env_checker=True, **kwargs) if spec is not None else found(**kwargs)

    def make():
        try:
            env = make_plain()
            for wrap in wrappers:
                env = wrap(env)
            return env
        except (ImportError, gym.error.DependencyNotInstalled) as error:
            raise Refusal(f"{name}: {missing(error) or one_line(error)}")
        except TypeError as error:
            # Gymnasium tells it again in words of its own.
            cause = error.__cause__ if isinstance(error.__cause__, TypeError) else error
            if "argument" in str(cause):
                raise Refusal(f"{name} can't be made with these environment.kwargs or wrappers: {one_line(cause)}{known_arguments(spec, found, cause)}")
            raise

    wish = options.get("vectorised", "auto")
    # Of several wrappers no vector form knows all.
    together = {} if not wrappers else wrappers[0].vector_arguments() if len(wrappers) == 1 else None
    has_vector = spec is not None and spec.vector_entry_point is not None and together is not None and not renders
    if wish is True and not has_vector:
        raise Refusal(f"environment.vectorised is true, but {name} has no vector_entry_point{' that knows wrappers' if wrappers else ''}: "
                      "set it to auto")
    make_many = None
    # The fixed cost of numpy's calls makes it slower for few. One that stands for a wrapper brings no more than that does, and seeds less.
    if has_vector and (wish is True or wish == "auto" and config["width"] >= 16 and not wrappers):
        def make_many(count):
            try:
                return gym.make_vec(spec, num_envs=count, vectorization_mode="vector_entry_point", **{**together, **kwargs})
            except TypeError as error:
                raise Refusal(f"the vector form of {name} can't be made with these environment.kwargs or wrappers: {one_line(error)}: set "
                              "environment.vectorised to false")
    return name, make, make_many


def known_arguments(spec, found, error):
    """What an environment's class may be told that raised an error, as the end of a sentence; nothing where that can't be found out."""
    try:
        made_by = found if found is not None else spec.entry_point
        if not callable(made_by):
            made_by = gym.envs.registration.load_env_creator(made_by)
        parameters = inspect.signature(made_by).parameters.values()
    except Exception:
        return ""
    if f"{made_by.__name__}." not in str(error):
        return ""
    names = [it.name for it in parameters if it.kind in (it.POSITIONAL_OR_KEYWORD, it.KEYWORD_ONLY) and it.name != "render_mode"]
    return f"; it takes {', '.join(names)}" if names else "; it takes no arguments"


# ---------------------------------------------------------------- wrappers

def own_wrappers():
    """Wrappers that come with Starling, by name."""

    class Atari(gym.Wrapper):
        """Atari as it is usually learned (Mnih et al. 2015; Machado et al. 2018): every `frame_skip`-th frame, the brighter of the last two
        (sprites flicker), grey, shrunk by area; chance comes from actions that stick for a frame, with the probability that the
        environment has for it (.25 in v5), not from the beginning. A state that is restored takes a twentieth of a millisecond where a
        seed takes ALE a tenth of a second, so actions stick here and not in ALE, by the seed of the episode.
        """

        def __init__(self, env, frame_skip=4, noop_max=0, terminal_on_life_loss=False, screen_size=84):
            super().__init__(env)
            game = env.unwrapped
            self.ale = ale = getattr(game, "ale", None)
            if ale is None or getattr(game, "continuous", False):
                raise Refusal("environment.wrappers: Atari wraps games of ale_py with discrete actions, and this is none")
            if min(frame_skip, screen_size) < 1:
                raise Refusal("environment.wrappers: Atari wants a frame_skip and a screen_size of 1 and more")
            self.frame_skip, self.noop_max, self.ends_with_life = frame_skip, noop_max, terminal_on_life_loss
            self.stickiness = ale.getFloat("repeat_action_probability")
            ale.setFloat("repeat_action_probability", 0.0)
            game.load_game()
            ale.reset_game()
            # A state holds no picture.
            self.beginning, self.first_screen = ale.cloneSystemState(), ale.getScreenGrayscale()
            self.actions = list(game._action_set)
            height, width = ale.getScreenDims()
            self.screens = np.zeros((2, height, width), np.uint8)
            shares = area_shares(height, screen_size)
            # Of each row of the result the few rows that it covers.
            rows = np.argsort(-shares, axis=1)[:, :int((shares > 0).sum(axis=1).max())]
            self.rows, self.row_shares = rows.T.copy(), np.take_along_axis(shares, rows, axis=1).T[:, :, None].copy()
            self.column_shares = area_shares(width, screen_size).T.copy()
            self.observation_space = spaces.Box(0, 255, (screen_size, screen_size), np.uint8)
            self.random = np.random.default_rng()

        @staticmethod
        def vector_arguments(frame_skip=4, noop_max=0, terminal_on_life_loss=False, screen_size=84):
            return {"frameskip": frame_skip, "noop_max": noop_max, "episodic_life": terminal_on_life_loss, "img_height": screen_size,
                    "img_width": screen_size, "stack_num": 1, "reward_clipping": False, "use_fire_reset": False,
                    "num_threads": 1}

        def reset(self, *, seed=None, options=None):
            if seed is not None:
                self.random = np.random.default_rng(seed)
            ale = self.ale
            ale.restoreSystemState(self.beginning)
            self.held = self.actions[0]
            screen = self.first_screen
            if self.noop_max > 0:
                for _ in range(int(self.random.integers(1, self.noop_max + 1))):
                    ale.act(self.actions[0])
                    if ale.game_over():
                        ale.restoreSystemState(self.beginning)
                screen = ale.getScreenGrayscale()
            self.lives = ale.lives()
            self.screens[...] = screen
            return self.shrunk(screen), {"lives": self.lives}

        def step(self, action):
            ale, held, wanted = self.ale, self.held, self.actions[action]
            chances = self.random.random(self.frame_skip).tolist() if self.stickiness > 0 else None
            reward, has_lost = 0.0, False
            for frame in range(self.frame_skip):
                if chances is None or chances[frame] >= self.stickiness:
                    held = wanted
                # Behind the end nothing happens, and is worth nothing.
                reward += ale.act(held)
                if frame >= self.frame_skip - 2:
                    ale.getScreenGrayscale(self.screens[frame % 2])
                if self.ends_with_life and ale.lives() < self.lives:
                    has_lost = True
                    break
            self.held, self.lives = held, ale.lives()
            screen = np.maximum(self.screens[0], self.screens[1]) if self.frame_skip > 1 else self.screens[0]
            ended = ale.game_over(with_truncation=False)
            return self.shrunk(screen), reward, has_lost or ended, ale.game_truncated(), {"lives": self.lives}

        def shrunk(self, screen):
            tall = screen[self.rows[0]] * self.row_shares[0]
            for rows, shares in zip(self.rows[1:], self.row_shares[1:]):
                tall += screen[rows] * shares
            return np.rint(tall @ self.column_shares).astype(np.uint8)

    class CarRacing(gym.Wrapper):
        """CarRacing with each action held for `frame_skip` frames, shrunk by area (Ha & Schmidhuber 2018 have 64 × 64). The environment
        draws every frame, which is all but a thirtieth of what a step takes; here it draws the last one alone.
        """

        def __init__(self, env, frame_skip=4, screen_size=64):
            super().__init__(env)
            game, shape = env.unwrapped, env.observation_space.shape
            if not hasattr(game, "_render") or not hasattr(game, "car") or len(shape or ()) != 3:
                raise Refusal("environment.wrappers: CarRacing wraps CarRacing of gymnasium[box2d], and this is none")
            if min(frame_skip, screen_size) < 1:
                raise Refusal("environment.wrappers: CarRacing wants a frame_skip and a screen_size of 1 and more")
            self.frame_skip, self.draw = frame_skip, game._render
            self.row_shares, self.column_shares = area_shares(shape[0], screen_size), area_shares(shape[1], screen_size).T.copy()
            self.observation_space = spaces.Box(0, 255, (screen_size, screen_size, 3), np.uint8)

        def reset(self, **how):
            self.unwrapped._render = self.draw
            picture, info = self.env.reset(**how)
            return self.shrunk(picture), info

        def step(self, action):
            game, total = self.unwrapped, 0.0
            for frame in range(self.frame_skip):
                is_last = frame == self.frame_skip - 1
                game._render = self.draw if is_last else self.not_drawn
                picture, reward, terminated, truncated, info = self.env.step(action)
                total += reward
                if terminated or truncated:
                    if not is_last:
                        picture = self.draw("state_pixels")
                    break
            game._render = self.draw
            return self.shrunk(picture), total, terminated, truncated, info

        def not_drawn(self, mode):
            return self.unwrapped.state

        def shrunk(self, picture):
            colours = np.moveaxis(picture, 2, 0).astype(np.float32)
            return np.moveaxis(np.rint(self.row_shares @ colours @ self.column_shares), 0, 2).astype(np.uint8)

    return {"Atari": Atari, "CarRacing": CarRacing}


def area_shares(count, wanted):
    """[wanted, count]: how much of each pixel of the result lies over which of the source, as OpenCV's INTER_AREA has it."""
    edges, pixels = np.arange(wanted + 1) * (count / wanted), np.arange(count)
    covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return (np.maximum(covered, 0) * (wanted / count)).astype(np.float32)


# ---------------------------------------------------------------- spaces

class Array:
    """How a Box lies in memory: float32, or bytes where it has bytes."""

    def __init__(self, space):
        self.space = space
        self.source = tuple(space.shape)
        self.dtype = np.dtype(np.uint8 if space.dtype == np.uint8 else np.float32)
        self.perm = None
        self.shape = self.source or (1,)
        if self.dtype == np.uint8 and len(self.shape) == 3 and self.shape[2] <= 4 < self.shape[0]:
            self.perm = (2, 0, 1)  # [H, W, C] as pictures come, [C, H, W] as networks take them
            self.shape = (self.shape[2], self.shape[0], self.shape[1])
        elif self.dtype == np.uint8 and len(self.shape) == 2:
            self.shape = (1,) + self.shape

    def coerce(self, value, what):
        """A value of the space as an array that a row can take, or an error that says why it is none."""
        if not isinstance(value, np.ndarray):
            if not isinstance(value, (list, tuple, int, float, np.generic)):
                raise Invalid(f"{what} gave an observation of type {type(value).__name__}, and its space is {self.space}")
            value = np.asarray(value)
        if value.shape != self.source:
            raise Invalid(f"{what} gave an observation of shape {list(value.shape)}, and its space has {list(self.source)}")
        if value.dtype != self.dtype and not np.can_cast(value.dtype, self.dtype, "same_kind"):
            raise Invalid(f"{what} gave an observation of {value.dtype}, and its space has {self.space.dtype}")
        return value.transpose(self.perm) if self.perm else value


class Observation:
    """How observations of a space lie in memory: as one array, or as the parts `vector`, of all that are numbers, and pictures."""

    def __init__(self, space, name):
        self.space, self.parts = space, None
        refuse_unknown(space, name)
        self.is_box = isinstance(space, spaces.Box)
        if self.is_box:
            box = self.box = Array(space)
            self.source, self.dtype, self.perm, self.shape = box.source, box.dtype, box.perm, box.shape
        else:
            self.perm, self.dtype = None, np.dtype(np.float32)
            pictures = [path for path, leaf in leaves(space) if is_picture(leaf)]
            if pictures:
                self.divide(pictures, name)
            else:
                self.shape = (int(spaces.utils.flatdim(space)),)
        if math.prod(self.shape) == 0:
            raise Refusal(f"{name}: an observation of {space} holds nothing")

    def divide(self, pictures, name):
        """Into parts, which lie one after the other: numbers first, then the pictures, padded to a multiple of four bytes."""
        known = dict(leaves(self.space))
        self.pictures = [(path, Array(known[path])) for path in pictures]
        self.numbers = [(path, leaf) for path, leaf in known.items() if path not in pictures]
        self.parts = [(part_name(path, name), array.dtype, array.shape) for path, array in self.pictures]
        self.width = sum(int(spaces.utils.flatdim(leaf)) for _, leaf in self.numbers)
        names = [part[0] for part in self.parts]
        if self.width:
            vector = "vector"
            while vector in names:
                vector += "_"
            self.parts.insert(0, (vector, np.dtype(np.float32), (self.width,)))
        twice = next((n for n in names if names.count(n) > 1), None)
        if twice:
            raise Refusal(f"{name}: two parts of its observations would be called {twice}: give them other names by a wrapper")
        size = sum(math.prod(shape) * dtype.itemsize for _, dtype, shape in self.parts)
        self.dtype, self.shape = np.dtype(np.uint8), ((size + 3) // 4 * 4 if self.width else size,)

    def views(self, row):
        """Of a row of bytes, the array of each part."""
        views, place = [], 0
        for _, dtype, shape in self.parts:
            end = place + math.prod(shape) * dtype.itemsize
            views.append(row[place:end].view(dtype).reshape(shape))
            place = end
        return views

    def coerce(self, value, what):
        """A value of the space as arrays, one of each part, or an error that says why it is none."""
        if self.is_box:
            return [self.box.coerce(value, what)]
        try:
            if self.parts is None:
                flat = np.asarray(spaces.utils.flatten(self.space, value), dtype=np.float32).reshape(-1)
                width, arrays = self.shape[0], []
            else:
                numbers = [np.asarray(spaces.utils.flatten(leaf, member(value, path)), dtype=np.float32).reshape(-1)
                           for path, leaf in self.numbers]
                flat = np.concatenate(numbers) if numbers else None
                width, arrays = self.width, [array.coerce(member(value, path), f"{what}, at {'.'.join(map(str, path))},")
                                             for path, array in self.pictures]
        except Invalid:
            raise
        except Exception as error:
            raise Invalid(f"{what} gave an observation that is not of {self.space}: {one_line(error)}")
        if flat is None:
            return arrays
        if flat.shape != (width,):
            raise Invalid(f"{what} gave an observation of {flat.size} numbers, and {self.space} has {width}")
        return [flat] + arrays


def is_picture(space):
    return isinstance(space, spaces.Box) and space.dtype == np.uint8 and len(space.shape) in (2, 3)


def part_name(path, name):
    """As networks' parameters can be called: words with dots between them."""
    return ".".join("".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in str(word)) or "_" for word in path)


def member(value, path):
    for word in path:
        value = value[word]
    return value


def leaves(space, path=()):
    """What a space is made of, each by its way there."""
    if isinstance(space, spaces.Dict):
        for key, part in space.spaces.items():
            yield from leaves(part, path + (key,))
    elif isinstance(space, spaces.Tuple):
        for index, part in enumerate(space.spaces):
            yield from leaves(part, path + (index,))
    else:
        yield path, space


def refuse_unknown(space, name):
    known = (spaces.Box, spaces.Discrete, spaces.MultiBinary, spaces.MultiDiscrete)
    for path, leaf in leaves(space):
        place = f"the part {'.'.join(map(str, path))} of its observations" if path else "its observations"
        if not isinstance(leaf, known):
            raise Refusal(f"{name}: {place} {'is' if path else 'are'} {type(leaf).__name__}, which no network here takes: leave it out by "
                          "a wrapper in environment.wrappers (FilterObservation, TransformObservation, or one of your own)")
        if path and isinstance(leaf, spaces.Box) and leaf.dtype == np.uint8 and len(leaf.shape) > 3:
            raise Refusal(f"{name}: {place} has {len(leaf.shape)} dimensions, and a picture has [H, W] or [H, W, C]: reshape it by a "
                          "wrapper in environment.wrappers")


class Action:
    def __init__(self, space, name):
        self.space = space
        if isinstance(space, spaces.Discrete):
            self.count, self.start, self.width, self.dtype = int(space.n), int(space.start), 1, np.dtype(np.int32)
            self.parts = [self.count]
        elif isinstance(space, (spaces.MultiDiscrete, spaces.MultiBinary)):
            is_binary = isinstance(space, spaces.MultiBinary)
            self.parts = [2] * math.prod(space.shape) if is_binary else [int(n) for n in space.nvec.reshape(-1)]
            self.start = 0 if is_binary else np.asarray(getattr(space, "start", 0)).reshape(-1)
            self.count, self.width, self.dtype = 0, len(self.parts), np.dtype(np.int32)
        elif isinstance(space, spaces.Box):
            if np.issubdtype(space.dtype, np.integer):
                raise Refusal(f"{name}: its actions are whole numbers in a Box: give it a Discrete space by a wrapper")
            if not (np.isfinite(space.low).all() and np.isfinite(space.high).all()):
                raise Refusal(f"{name}: its actions have no finite bounds: add RescaleAction(min_action=-1, max_action=1) to "
                              "environment.wrappers where the space is bounded, or ClipAction and bounds of your own")
            self.count, self.width, self.dtype = 0, int(math.prod(space.shape)), np.dtype(np.float32)
            self.parts = []
            self.low = space.low.astype(np.float32).reshape(-1)
            self.high = space.high.astype(np.float32).reshape(-1)
        else:
            raise Refusal(f"{name}: its actions are {type(space).__name__}, which is not there yet: give it a Discrete or MultiDiscrete "
                          "space or a Box by a wrapper in environment.wrappers")

    def taken(self, view):
        """The actions of a group as its environments take them, as a list."""
        if self.count:
            return view.tolist() if self.start == 0 else (view + self.start).tolist()
        if self.parts:
            return list(self.of_parts(view))
        return list(view.astype(self.space.dtype).reshape((-1,) + self.space.shape))

    def taken_together(self, view):
        if self.count:
            return view + self.start if self.start else view
        if self.parts:
            return self.of_parts(view)
        # Float32 bounds may lie a rounding beyond those of the space.
        return np.clip(view.astype(self.space.dtype).reshape((-1,) + self.space.shape), self.space.low, self.space.high)


    def of_parts(self, view):
        return (view + self.start).astype(self.space.dtype).reshape((-1,) + self.space.shape)

    def first_allowed(self, mask):
        """An action that a mask allows, as environments take it."""
        chosen, first = [], 0
        for count in self.parts:
            chosen.append(int(np.argmax(mask[first:first + count])))
            first += count
        return self.taken(np.array(chosen if self.count else [chosen], dtype=np.int32))[0]


def begun(result):
    """What a reset returned, if that is an observation and a dictionary."""
    if not (isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict)):
        raise Invalid("reset must return an observation and a dictionary")
    return result


class Masks:
    """Which actions may be taken, where an environment tells it: by a part `action_mask` of its observations, by a method `action_masks`, or
    by `info["action_mask"]`."""

    def __init__(self, source, action):
        self.source, self.parts, self.size = source, action.parts, sum(action.parts)

    @classmethod
    def find(cls, env, action, wanted):
        """None where there are none, or none are wanted. What is in `info` is only known of who was asked."""
        if not action.parts or wanted is False:
            return None
        space = env.observation_space
        if isinstance(space, spaces.Dict) and len(space.spaces) > 1 and "action_mask" in space.spaces:
            mask = space.spaces["action_mask"]
            if isinstance(mask, (spaces.Box, spaces.MultiBinary)) and math.prod(mask.shape) == sum(action.parts):
                return cls("observation", action)
        if method_of(env) is not None:
            return cls("method", action)
        if wanted or "action_mask" in begun(env.reset(seed=7))[1]:
            return cls("info", action)
        return None

    def rest(self, space):
        """The space of observations without the mask."""
        if self.source != "observation":
            return space
        others = {key: part for key, part in space.spaces.items() if key != "action_mask"}
        return next(iter(others.values())) if len(others) == 1 else spaces.Dict(others)

    def take(self, env, value, info, what, is_over=False):
        """An observation without the mask, and the mask. When the episode is over nothing need be allowed."""
        if self.source == "observation":
            if not isinstance(value, dict) or "action_mask" not in value:
                raise Invalid(f"{what} gave an observation without its part action_mask")
            mask = value["action_mask"]
            others = {key: part for key, part in value.items() if key != "action_mask"}
            value = next(iter(others.values())) if len(others) == 1 else others
        elif self.source == "method":
            mask = method_of(env)()
        else:
            mask = info.get("action_mask") if isinstance(info, dict) else None
            if mask is None:
                if not is_over:
                    raise Invalid(f"{what} gave no info['action_mask']: give one with every reset and step, or set environment.action_masks "
                                  "to false")
                mask = np.ones(self.size, dtype=bool)
        if isinstance(mask, (tuple, list)) and len(mask) and isinstance(mask[0], np.ndarray):
            mask = np.concatenate([part.reshape(-1) for part in mask])
        try:
            mask = np.asarray(mask).reshape(-1) != 0
        except ValueError:
            raise Invalid(f"{what} gave a mask of actions that is no array: {one_line(mask)}")
        if mask.size != self.size:
            raise Invalid(f"{what} gave a mask of {mask.size} actions, and there are {self.size}"
                          f"{' in all parts' if len(self.parts) > 1 else ''}")
        first = 0
        for count in self.parts:
            part = mask[first:first + count]
            if not part.any():
                if not is_over:
                    raise Invalid(f"{what} gave a mask that allows {'no action' if len(self.parts) == 1 else 'nothing of a part of an action'}"
                                  ": allow something, or end the episode with that step")
                part[:] = True
            first += count
        return value, mask


def method_of(env):
    """The method by which environments for MaskablePPO tell masks."""
    try:
        method = env.get_wrapper_attr("action_masks")
    except AttributeError:
        return None
    return method if callable(method) else None


# ---------------------------------------------------------------- groups

def cost_of(info, name):
    """What a step cost."""
    if name not in info:
        raise Invalid(f"step gave no info[{name!r}], which environment.cost names; there is {', '.join(map(str, info)) or 'nothing'}")
    try:
        return float(info[name])
    except (TypeError, ValueError):
        raise Invalid(f"step gave info[{name!r}] as {type(info[name]).__name__}, and environment.cost needs a number")


def costs_of(infos, name, width, stepped):
    """The same of a vector environment's, of those that made a step."""
    told = np.asarray(infos.get("_" + name, np.full(width, name in infos)))
    if not told[stepped].all():
        cost_of({key: None for key in infos if not key.startswith("_") and key != name}, name)
    return np.where(told, np.asarray(infos.get(name, 0), dtype=np.float32), 0)


class Group:
    """Environments that are stepped one after the other, and their rows in memory."""

    def __init__(self, memory, place, width, observation, action, metrics, cost, masks):
        self.width, self.observation, self.action, self.metrics, self.masks = width, observation, action, metrics, masks
        self.cost = cost  # its name in info, or None
        if cost:
            self.costs = memory.array(place["costs"], (width,), np.dtype(np.float32))
        self.measures = memory.array(place["measures"], (width, len(metrics)), np.dtype(np.float32))
        self.want = memory.bytes(place["want"], width)
        self.kinds = memory.bytes(place["kinds"], width)
        self.rewards = memory.bytes(place["rewards"], 4 * width).cast("f")
        self.seeds = memory.bytes(place["seeds"], 8 * width).cast("Q")
        rows = memory.array(place["observations"], (width,) + observation.shape, observation.dtype)
        self.all_rows = rows
        # In the shape in which an environment gives them; of several parts the arrays of a row.
        if observation.is_box and not observation.perm:
            self.rows = [row.reshape(observation.source) for row in rows]
        elif observation.parts:
            rows[...] = 0
            self.rows = [observation.views(row) for row in rows]
        else:
            self.rows = list(rows)
        if masks is not None:
            self.allowed = memory.array(place["masks"], (width, masks.size), np.dtype(np.uint8))
        self.actions = memory.array(place["actions"], (width, action.width) if not action.count else (width,), action.dtype)

    # What a person was told is missing.
    told_missing = set()

    def measure(self, i, info, has):
        """Notes what is asked for of an episode's last info."""
        for place, name in enumerate(self.metrics):
            if not has(name):
                self.measures[i, place] = math.inf
                if name not in self.told_missing:
                    self.told_missing.add(name)
                    print(f"environment.metrics: info has no {name} as an episode ends, only {', '.join(map(str, info)) or 'nothing'}", flush=True)
                continue
            value = info[name] if self.is_scalar else info[name][i]
            try:
                self.measures[i, place] = float(value)
            except (TypeError, ValueError):
                raise Invalid(f"info has {name} as {type(value).__name__}, which environment.metrics can't make a number of")


class Separate(Group):
    is_scalar = True

    def __init__(self, make, seeds_always, phase, *rest):
        super().__init__(*rest)
        self.make, self.seeds_always, self.phase = make, seeds_always, phase
        self.envs = [make() for _ in range(self.width)]
        self.seeded = [False] * self.width

    def begin(self, i):
        self.phase[0] = 1
        if self.seeds_always or not self.seeded[i]:
            self.seeded[i] = True
            # Gymnasium's seeds are what numpy's SeedSequence takes; some environments want 32 bits.
            value, info = begun(self.envs[i].reset(seed=self.seeds[i] & 0x7FFFFFFF))
        else:
            value, info = begun(self.envs[i].reset())
        if self.masks is not None:
            value, self.allowed[i] = self.masks.take(self.envs[i], value, info, "reset")
        self.write(i, value, "reset")
        self.phase[0] = 0

    def write(self, i, value, what):
        observation = self.observation
        if value.__class__ is np.ndarray and observation.is_box and value.shape == observation.source and (
                value.dtype == observation.dtype or np.can_cast(value.dtype, observation.dtype, "same_kind")):
            self.rows[i][...] = value if observation.perm is None else value.transpose(observation.perm)
            return
        for row, array in zip(self.rows[i] if observation.parts else (self.rows[i],), observation.coerce(value, what)):
            row[...] = array

    def step(self, failing):
        want, kinds, rewards, envs = self.want, self.kinds, self.rewards, self.envs
        actions = self.action.taken(self.actions)
        observation, rows = self.observation, self.rows
        plain = observation.is_box and observation.perm is None
        shape, dtype, array = (observation.source if plain else None), observation.dtype, np.ndarray
        masks = self.masks
        for i in range(self.width):
            failing[0] = i
            wanted = want[i]
            if wanted == STEP:
                value, reward, terminated, truncated, info = envs[i].step(actions[i])
                rewards[i] = reward
                if self.cost:
                    self.costs[i] = cost_of(info, self.cost)
                if self.metrics and (terminated or truncated):
                    self.measure(i, info, info.__contains__)
                if terminated:
                    kinds[i] = TERMINATED
                    self.begin(i)
                    continue
                kinds[i] = TRUNCATED if truncated else ORDINARY
                if masks is not None:
                    value, self.allowed[i] = masks.take(envs[i], value, info, "step", truncated)
                if plain and value.__class__ is array and value.dtype == dtype and value.shape == shape:
                    rows[i][...] = value
                else:
                    self.write(i, value, "step")
            elif wanted == BEGIN:
                rewards[i] = 0.0
                kinds[i] = RESET
                self.begin(i)

    def picture(self, i):
        try:
            return self.envs[i].render()
        except NotImplementedError:  # what an environment without a render() does
            return None


class Together(Group):
    """A vector environment of Gymnasium's: one call for all, which begins episodes in the step after their end."""

    is_scalar = False

    def __init__(self, make_many, phase, *rest):
        super().__init__(*rest)
        self.phase = phase
        self.env = make_many(self.width)
        if self.env.metadata.get("autoreset_mode", gym.vector.AutoresetMode.NEXT_STEP) != gym.vector.AutoresetMode.NEXT_STEP:
            raise Refusal("its vector environment doesn't begin episodes in the step after their end: set environment.vectorised to false")
        self.has_begun = False
        self.all_want = np.frombuffer(self.want, dtype=np.uint8)
        self.all_kinds = np.frombuffer(self.kinds, dtype=np.uint8)
        self.all_rewards = np.frombuffer(self.rewards, dtype=np.float32)

    def step(self, failing):
        if not self.has_begun:
            self.phase[0] = 1
            self.has_begun = True
            seeds = [s & 0x7FFFFFFF for s in self.seeds]
            try:
                values, _ = self.env.reset(seed=seeds)
            except (gym.error.Error, TypeError):
                values, _ = self.env.reset(seed=seeds[0])  # one for all is what some take
            self.all_rows[...] = values
            self.phase[0] = 0
            self.all_rewards[...] = 0
            self.all_kinds[...] = np.where(self.all_want == BEGIN, RESET, ORDINARY)
            return
        values, rewards, terminated, truncated, infos = self.env.step(self.action.taken_together(self.actions))
        if values.shape != self.all_rows.shape:
            raise Invalid(f"step gave observations of shape {list(values.shape)}, and they have {list(self.all_rows.shape)}")
        self.all_rows[...] = values
        self.all_kinds[...] = terminated
        self.all_rewards[...] = rewards
        if truncated.any():
            self.all_kinds[truncated & ~terminated] = TRUNCATED
        if self.cost:
            self.costs[...] = costs_of(infos, self.cost, self.width, self.all_want == STEP)
        if self.metrics:
            for i in np.flatnonzero(terminated | truncated):
                # Gymnasium's vectors say in `_name` who has told.
                self.measure(i, infos, lambda name: name in infos and ("_" + name not in infos or infos["_" + name][i]))
        if BEGIN in self.want:
            # An environment that the actor believes to be at its end begins now; so does one that had begun with all others after
            # a fault, whose first step is lost then.
            begins = self.all_want == BEGIN
            self.all_kinds[begins] = RESET
            self.all_rewards[begins] = 0


class Memory:
    def __init__(self, size):
        self.map = mmap.mmap(MEMORY, size)
        self.view = memoryview(self.map)

    def bytes(self, offset, count):
        return self.view[offset:offset + count]

    def array(self, offset, shape, dtype):
        return np.frombuffer(self.map, dtype=dtype, count=math.prod(shape), offset=offset).reshape(shape)


# ---------------------------------------------------------------- what is said

def equal(a, b):
    return np.array_equal(np.asarray(a), np.asarray(b), equal_nan=False)


def examine(name, env, observation, action, masks, wanted, cost):
    """Whether the environment keeps to what it says: lines for people, one a fault that training can bear. `wanted`: whether masks are."""
    notes = []

    def compare(value, what):
        beyond = next(outside(env.observation_space, value), None)
        if beyond and not any("observation_space" in note for note in notes):
            notes.append(f"{name}: {what} gave an observation outside its observation_space ({beyond}): it is learned from as it is; "
                         "mend the space's bounds")

    def begin():
        given, info = begun(env.reset(seed=7))
        value, mask = (given, None) if masks is None else masks.take(env, given, info, "reset")
        parts = [np.array(part, copy=True) for part in observation.coerce(value, "reset")]
        compare(given, "reset")
        return parts, mask

    def look(parts, what):
        if any(part.dtype.kind == "f" and not np.isfinite(part).all() for part in parts):
            raise Invalid(f"{what} gave an observation that is not finite")

    first, _ = begin()
    look(first, "reset")
    second, mask = begin()
    if not all(map(equal, first, second)):
        notes.append(f"{name} begins differently after two resets with one seed: runs of it can't be repeated")
    env.action_space.seed(7)
    result = env.step(env.action_space.sample() if mask is None else action.first_allowed(mask))
    if not (isinstance(result, tuple) and len(result) == 5):
        raise Invalid("step must return an observation, a reward, terminated, truncated and a dictionary")
    given, reward, terminated, truncated, info = result
    value = given
    if masks is not None:
        value, _ = masks.take(env, given, info, "step", terminated or truncated)
    elif action.parts and wanted is not False and isinstance(info, dict) and "action_mask" in info:
        notes.append(f"{name}: step gives info['action_mask'] and reset doesn't, so masks are passed over: give one with every reset and "
                     "step, or set environment.action_masks to false")
    if cost:
        cost_of(info, cost)
    look(observation.coerce(value, "step"), "step")
    compare(given, "step")
    if not math.isfinite(float(reward)):
        raise Invalid(f"step gave a reward of {float(reward)}")
    for word, truth in (("terminated", terminated), ("truncated", truncated)):
        if not isinstance(truth, (bool, np.bool_)):
            notes.append(f"{name}: step gave {word} as {type(truth).__name__}, not as a truth value")
    return notes


def outside(space, value, where=""):
    """What of an observation lies beyond the bounds of its space, and by how much: an item for each array of numbers."""
    if isinstance(space, (spaces.Dict, spaces.Tuple)):
        parts = space.spaces.items() if isinstance(space, spaces.Dict) else enumerate(space.spaces)
        for key, part in parts:
            yield from outside(part, value[key], f"{where}{key}: ")
    elif isinstance(space, spaces.Box):
        numbers = np.asarray(value, dtype=np.float64).reshape(-1)
        low, high = (bound.astype(np.float64).reshape(-1) for bound in (space.low, space.high))
        # A space's bounds may be rounded to Float32.
        room = 1e-5 * np.maximum(1, np.abs(numbers))
        if numbers.shape == low.shape:
            for at in np.flatnonzero((numbers < low - room) | (numbers > high + room))[:1]:
                yield f"{where}number {at} is {numbers[at]:g}, beyond {low[at]:g} to {high[at]:g}"


def describe(name, env, observation, action, masks, is_together):
    numbers = lambda values: " ".join(repr(float(v)) for v in values)
    lines = [f"versions Python {sys.version.split()[0]}, numpy {np.__version__}, gymnasium {gym.__version__}",
             *(f"part {part} {dtype.name} {' '.join(map(str, shape))}" for part, dtype, shape in observation.parts or ())]
    if observation.parts is None:
        lines.append(f"observation {observation.dtype.name} {' '.join(map(str, observation.shape))}")
    if action.count:
        lines.append(f"discrete {action.count}")
    elif action.parts:
        lines.append(f"parts {' '.join(map(str, action.parts))}")
    else:
        lines += [f"low {numbers(action.low)}", f"high {numbers(action.high)}"]
    lines += [f"masks {int(masks is not None)}", f"together {int(is_together)}"]
    return lines


def trace(error):
    """The traceback without this file's frames, where there are others."""
    parts = traceback.TracebackException.from_exception(error)
    own = [f for f in parts.stack if f.filename.startswith("/proc/self/fd/") or f.filename.startswith("/dev/fd/")]
    if len(own) < len(parts.stack):
        for frame in own:
            parts.stack.remove(frame)
    return "".join(parts.format())


def end_with_parent():
    """Not even an environment that hangs shall outlive the actor."""
    parent = os.getppid()
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    except Exception:
        return
    if os.getppid() != parent:
        os._exit(1)


def soon(receive, at_once=socket.MSG_DONTWAIT, clock=time.perf_counter, give_way=os.sched_yield):
    """An order that comes within 60 microseconds: a core that goes to sleep takes as long to come back."""
    end = clock() + 60e-6
    while True:
        try:
            return receive(16, at_once)
        except BlockingIOError:
            if clock() > end:
                return None
            give_way()


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    sys.path[:] = [p for p in sys.path if not p.startswith(("/proc/self/fd", "/dev/fd"))]
    actor = socket.socket(fileno=SOCKET)
    os.set_inheritable(SOCKET, False)
    os.set_inheritable(MEMORY, False)
    config = json.loads(actor.recv(1 << 20))
    try:
        load_libraries()
        name, make, make_many = maker(config)
        first = make()
        action = Action(first.action_space, name)
        masks = Masks.find(first, action, config.get("masks"))
        observation = Observation(masks.rest(first.observation_space) if masks else first.observation_space, name)
        notes = examine(name, first, observation, action, masks, config.get("masks"), config["options"].get("cost")) if config["examine"] else []
        if masks and config["options"].get("vectorised") is True:
            raise Refusal(f"{name}: vector environments tell no masks here: set environment.vectorised to auto, or environment.action_masks to "
                          "false")
        is_together = make_many is not None and masks is None and observation.is_box and observation.perm is None
        lines = describe(name, first, observation, action, masks, is_together) + ["note " + note for note in notes]
        first.close()
    except (Refusal, Invalid) as refusal:
        actor.send(("refused\n" + one_line(refusal)).encode())
        return
    except BaseException as error:
        actor.send(("raised\n" + trace(error)).encode()[:60_000])
        return
    actor.send("\n".join(["ready"] + lines).encode())

    message = actor.recv(1 << 20)
    if not message:
        return
    layout = json.loads(message)
    memory = Memory(layout["size"])
    phase = memory.bytes(layout["phase"], 1)
    failing = [0]
    seeds_always = config["options"].get("seed_every_episode", True) is not False
    try:
        phase[0] = 1
        metrics = config["options"].get("metrics") or []
        cost = config["options"].get("cost")
        rest = [(memory, place, layout["width"], observation, action, metrics, cost, masks) for place in layout["groups"]]
        if is_together:
            groups = [Together(make_many, phase, *r) for r in rest]
        else:
            groups = [Separate(make, seeds_always, phase, *r) for r in rest]
        phase[0] = 0
        import gc
        gc.collect()
        gc.freeze()
        actor.send(b"made")
    except Refusal as refusal:
        actor.send(("refused\n" + one_line(refusal)).encode())
        return
    except BaseException as error:
        actor.send(("raised\n" + trace(error)).encode()[:60_000])
        return

    receive, send = actor.recv, actor.send
    answers = [b"D" + bytes([g]) for g in range(len(groups))]
    while True:
        order = soon(receive) or receive(16)
        if not order:
            os._exit(0)
        group = groups[order[1]]
        try:
            if order[0] == 83:  # S
                group.step(failing)
                send(answers[order[1]])
            elif order[0] == 80:  # P
                image = group.picture(order[2] | order[3] << 8)
                if not isinstance(image, np.ndarray) or image.ndim != 3 or image.shape[2] != 3:
                    send(b"P")
                    continue
                os.pwrite(MEMORY, np.ascontiguousarray(image, dtype=np.uint8).tobytes(), layout["size"])
                send(b"P" + json.dumps(image.shape[:2]).encode())
        except Invalid as fault:
            send(f"invalid\nenvironment {failing[0]}: {one_line(fault)}".encode()[:60_000])
            return
        except BaseException as error:
            send((f"raised\nenvironment {failing[0]} of the group:\n" + trace(error)).encode()[:60_000])
            return


main()
