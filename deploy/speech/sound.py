"""libspeech.so for Python: the same noise, speech and listening that the environment has."""
import ctypes
import pathlib

import numpy as np

RATE, LENGTH, FRAMES, MELS, BANDS, TRAITS = 16000, 16384, 64, 40, 32, 6

floats = np.ctypeslib.ndpointer(np.float32, flags="C")
integers = np.ctypeslib.ndpointer(np.int32, flags="C")


class Sound:
    """What belongs to one thread: the library, and memory for a sound."""

    def __init__(self, folder):
        path = pathlib.Path(folder).resolve() / "libspeech.so"
        if not path.exists():
            raise SystemExit(f"speech: there is no {path}: make -C deploy/speech makes it")
        self.library = library = ctypes.CDLL(str(path))
        library.speech_levels.argtypes = [floats, floats]
        library.speech_noise.argtypes = [floats, ctypes.c_uint64, floats, floats]
        library.speech_add.argtypes = [np.ctypeslib.ndpointer(np.int16, flags="C"), ctypes.c_uint32, ctypes.c_float, ctypes.c_int32, floats]
        library.speech_features.argtypes = [floats, floats]
        library.speech_words.argtypes = [ctypes.POINTER(ctypes.c_char_p)]
        library.speech_word.restype = ctypes.c_char_p
        library.speech_say.argtypes = [integers, ctypes.c_uint32, ctypes.c_uint64, floats]
        library.speech_say.restype = ctypes.c_float
        library.speech_reward.argtypes = [ctypes.c_uint32, ctypes.c_float, floats, floats, ctypes.POINTER(ctypes.c_uint32)]
        library.speech_reward.restype = ctypes.c_float
        self.sound, self.scratch = np.empty(LENGTH, np.float32), np.empty(LENGTH, np.float32)
        self.features = np.empty([FRAMES, MELS], np.float32)

    def words(self):
        why = ctypes.c_char_p()
        count = self.library.speech_words(ctypes.byref(why))
        if count == 0:
            raise SystemExit(f"speech: {why.value.decode()}")
        return [self.library.speech_word(word).decode() for word in range(count)]

    def levels(self, traits):
        """dB of each band, [BANDS], of traits from 0 to 1, [TRAITS]."""
        levels = np.empty(BANDS, np.float32)
        self.library.speech_levels(np.ascontiguousarray(traits, np.float32), levels)
        return levels

    def heard(self, clip, tilt, onset, levels, seed):
        """Features of a clip in noise, [FRAMES, MELS]."""
        self.library.speech_noise(levels, seed, self.sound, self.scratch)
        self.library.speech_add(clip, len(clip), tilt, onset, self.sound)
        self.library.speech_features(self.sound, self.features)
        return self.features

    def noise(self, levels, seed):
        """[LENGTH]; the environment's, of that seed."""
        noise = np.empty(LENGTH, np.float32)
        self.library.speech_noise(levels, seed, noise, self.scratch)
        return noise

    def say(self, action, word, noise, seed):
        """A word as the environment speaks it: self.sound, and how many seconds it takes."""
        np.copyto(self.sound, noise)
        return self.library.speech_say(action, word, seed, self.sound)

    def tried(self, action, word, noise, seed):
        """A word's reward, and whether it was heard."""
        heard = ctypes.c_uint32()
        seconds = self.say(action, word, noise, seed)
        return self.library.speech_reward(word, seconds, self.sound, self.features, ctypes.byref(heard)), heard.value == word
