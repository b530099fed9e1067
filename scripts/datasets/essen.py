"""Melodies of the Essen folk song collection, which comes with the Python package music21."""
import glob
import os
import random
import re

from .files import folder_of, integers

# Melodies are 64 steps of a sixteenth: 0 ends a note, 1 lets be what is, 2 ... 37 begin the note MIDI 48 ... 83.
STEPS, LOWEST, HIGHEST = 64, 48, 83
SHARPS = {"C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F#": 6, "F": -1, "Bb": -2, "Eb": -3, "Ab": -4, "Db": -5}
SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
WHITE = {0, 2, 4, 5, 7, 9, 11}
# Share of the tunes that training never sees.
TEST_SHARE = 0.1


class Tune:
    """A tune of one voice: pitches in semitones, C of the octave below c' being 0; (None: rest), lengths in sixteenths."""

    def __init__(self, text):
        self.key = None
        key = re.search(r"(?m)^K: ?([A-G][b#]?)(m?)\s*$", text)
        if not key or key[1] not in SHARPS:
            return
        self.key, self.is_minor = key[1], key[2] == "m"
        self.sharps = SHARPS[self.key] - (3 if self.is_minor else 0)
        self.tonic = (SEMITONES[self.key[0]] + self.key.count("#") - self.key[1:].count("b")) % 12
        unit = re.search(r"(?m)^L: ?(\d+)/(\d+)", text)
        self.sixteenths = 16 * int(unit[1]) / int(unit[2]) if unit else 2
        self.body = re.sub(r"(?m)^[A-Za-z]:.*$", "", text[key.end():])

    def written(self):
        """(accidental, letter, octave marks, length, tie) of every note and rest, "|" at bar lines."""
        for note in re.finditer(r"\||([_^=]*)([A-Ga-gz])([,']*)(\d*)(/\d*)?(-?)", self.body):
            if note[0] == "|":
                yield "|"
                continue
            slash = note[5] or ""
            parts = 1 if not slash else int(slash[1:] or 2)
            yield note[1], note[2], note[3], int(note[4] or 1) / parts, note[6] == "-"

    def natural(self, letter):
        sharp, flat = "FCGDAEB"[:max(self.sharps, 0)], "BEADGCF"[:max(-self.sharps, 0)]
        return SEMITONES[letter] + (letter in sharp) - (letter in flat)

    def events(self, keeps_accidentals=True):
        """[(pitch or None, sixteenths)], tied notes joined. Accidentals hold until the bar line, as notation has it."""
        events, altered, is_tied = [], {}, False
        for note in self.written():
            if note == "|":
                altered = {}
                continue
            accidental, letter, octave, length, tie = note
            length *= self.sixteenths
            if letter == "z":
                events.append((None, length))
                is_tied = False
                continue
            name = letter.upper()
            place = name + octave + str(letter.islower())
            if accidental:
                altered[place] = SEMITONES[name] + accidental.count("^") - accidental.count("_")
            pitch = altered.get(place, self.natural(name)) if accidental or keeps_accidentals else self.natural(name)
            pitch += 12 * letter.islower() + 12 * octave.count("'") - 12 * octave.count(",")
            if is_tied and events and events[-1][0] == pitch:
                events[-1] = (pitch, events[-1][1] + length)
            else:
                events.append((pitch, length))
            is_tied = tie
        return events

    def transposition(self):
        """To C of what is written in major, to a of minor: also of what is written in major and sounds in minor."""
        classes = [(pitch - self.tonic) % 12 for pitch, _ in self.events() if pitch is not None]
        minor = sum(c in {0, 2, 3, 5, 7, 8, 10} for c in classes) > sum(c in WHITE for c in classes)
        return (9 if self.is_minor or minor else 0) - self.tonic

    def tokens(self):
        """The first 64 steps from the first note; None: shorter, not on the grid, or too wide."""
        tokens, place = [], 0.0
        pitches = [pitch for pitch, _ in self.events() if pitch is not None]
        if not pitches:
            return None
        shift = self.transposition()
        # To the octave in which the middle of the range is nearest to that of the tokens.
        middle = (min(pitches) + max(pitches)) / 2 + shift
        shift += 12 * round(((LOWEST + HIGHEST) / 2 - middle) / 12)
        for pitch, length in self.events():
            if pitch is None and not tokens:
                continue
            if length != int(length) or length < 1:
                return None
            if pitch is None:
                token = 0
            elif LOWEST <= pitch + shift <= HIGHEST:
                token = pitch + shift - LOWEST + 2
            else:
                return None
            tokens += [token] + [1] * (int(length) - 1)
            if len(tokens) >= STEPS:
                return tokens[:STEPS]
        return None


def print_statistics(tunes):
    """Of all notes as they are written, tunes of 16 notes or more: what rules of harmony are to be compared with."""
    count = notes = accidentals = tonic = repeats = leaps = turned = 0
    for tune in tunes:
        if tune.is_minor or tune.key == "F#":
            continue
        written = [note for note in tune.written() if note != "|" and note[1] != "z"]
        if len(written) < 16:
            continue
        pitches = [
            SEMITONES[letter.upper()] + 12 * letter.islower() + 12 * octave.count("'") - 12 * octave.count(",")
            + (accidental.count("^") - accidental.count("_") if accidental else tune.natural(letter.upper()) - SEMITONES[letter.upper()])
            for accidental, letter, octave, _, _ in written
        ]
        count += 1
        notes += len(written)
        accidentals += sum(1 for note in written if note[0])
        tonic += (pitches[0] - tune.tonic) % 12 == 0
        run = 1
        for before, after in zip(pitches, pitches[1:]):
            run = run + 1 if before == after else 1
            repeats += run > 4
        for first, second, third in zip(pitches, pitches[1:], pitches[2:]):
            if abs(second - first) >= 7:
                leaps += 1
                turned += (third - second) * (second - first) < 0
    print(f"as written: {count} tunes, {notes} notes; accidentals {100 * accidentals / notes:.2f} %; start on the tonic "
          f"{100 * tonic / count:.1f} %; more than 4 times in a row {100 * repeats / notes:.2f} %; leaps of a fifth or more turned "
          f"back at the next note {100 * turned / leaps:.1f} % of {leaps}")


def make():
    """The arrays, and where their licences stand."""
    folder = folder_of("music21", "corpus/essenFolksong")
    tunes = []
    for path in sorted(glob.glob(os.path.join(folder, "*.abc"))):
        with open(path, encoding="latin-1") as file:
            tunes += [Tune(text) for text in re.split(r"(?m)^X:", file.read())[1:]]
    tunes = [tune for tune in tunes if tune.key]
    print_statistics(tunes)
    melodies = [tokens for tokens in (tune.tokens() for tune in tunes) if tokens]
    # The collection has songs more than once: a melody is in one part only.
    melodies = sorted(set(map(tuple, melodies)))
    print(f"melodies: {len(melodies)} different ones of {len(tunes)} tunes, the others shorter than {STEPS} sixteenths, off their grid, "
          "or wider than three octaves")
    random.Random(0).shuffle(melodies)
    held_out = int(len(melodies) * TEST_SHARE)
    licences = [os.path.join(folder, "license.txt"), os.path.join(os.path.dirname(folder), "license.txt")]
    return {"test.tokens": integers(melodies[:held_out]), "train.tokens": integers(melodies[held_out:])}, licences
