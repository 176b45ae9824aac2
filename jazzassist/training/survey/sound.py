"""Rendering of passages by the built-in synthesizer, with equal length and equal loudness."""

from __future__ import annotations

import math
import tempfile
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jazzassist.domain.song import Song
from jazzassist.playback.render import render_sound
from jazzassist.playback.synth import RATE

Sound = npt.NDArray[np.float64]  # (frames, 2), full scale is 1

TAIL_SECONDS = 1.5  # fade-out after the last bar
LOUDNESS = -20.0  # LUFS of a pair, if its peaks allow it
HIGHEST_PEAK = 0.97
SILENT = -70.0  # LUFS; the absolute gate of ITU-R BS.1770


def passage_sound(song: Song, start: int, end: int) -> Sound:
    """Render the ticks [start, end) of a song plus TAIL_SECONDS. The length does not depend on the notes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "passage.wav"
        render_sound(song, path, start, end)
        heard = read_wav(path)
    frames = round((song.tempo_map.seconds_at(end) - song.tempo_map.seconds_at(start) + TAIL_SECONDS) * RATE)
    sound = np.zeros((frames, 2))
    sound[: len(heard)] = heard[:frames]
    fading = round(TAIL_SECONDS * RATE)
    sound[-fading:] *= (0.5 + 0.5 * np.cos(np.linspace(0, np.pi, fading)))[:, None]
    return sound


def equally_loud(sounds: list[Sound]) -> tuple[list[Sound], float]:
    """Return the sounds at equal loudness, and that loudness in LUFS: LOUDNESS, or less if a peak would be clipped.

    The sounds must not be silent.
    """
    measured = [loudness(sound) for sound in sounds]
    peaks = [float(np.abs(sound).max()) for sound in sounds]
    room = [20 * math.log10(HIGHEST_PEAK / peak) + has for has, peak in zip(measured, peaks, strict=True)]
    wanted = min(LOUDNESS, *room)
    made = [sound * 10 ** ((wanted - has) / 20) for sound, has in zip(sounds, measured, strict=True)]
    return made, wanted


def loudness(sound: Sound, rate: int = RATE) -> float:
    """Return the loudness in LUFS (ITU-R BS.1770-4: K-weighting, 400 ms blocks, two gates); -inf for silence."""
    from scipy.signal import lfilter  # slow to import

    weighted = sound
    for b, a in _k_weighting(rate):
        weighted = lfilter(b, a, weighted, axis=0)
    block, step = round(0.4 * rate), round(0.1 * rate)
    if len(weighted) < block:
        weighted = np.pad(weighted, ((0, block - len(weighted)), (0, 0)))
    sums = np.concatenate([np.zeros((1, weighted.shape[1])), np.cumsum(weighted**2, axis=0)])
    starts = np.arange(0, len(weighted) - block + 1, step)
    power = ((sums[starts + block] - sums[starts]) / block).sum(axis=1)  # left and right have weight 1
    power = power[_lufs(power) > SILENT]
    if not len(power):
        return -math.inf
    power = power[_lufs(power) > _lufs(power.mean()) - 10]
    return float(_lufs(power.mean()))


def _lufs(power: npt.ArrayLike) -> Sound:
    return np.asarray(-0.691 + 10 * np.log10(np.maximum(power, 1e-12)))


def _k_weighting(rate: int) -> list[tuple[list[float], list[float]]]:
    """Return the two filters of BS.1770 for any rate: a shelf for the head, and a high-pass.

    The standard gives coefficients for 48 kHz. Those for other rates follow from the underlying analogue filters, by
    their centre, quality and gain (De Man, "Evaluation of implementations of the EBU R128 loudness measurement", AES
    2018).
    """
    centre, quality, gain = 1681.974450955533, 0.7071752369554196, 3.999843853973347
    k, high = math.tan(math.pi * centre / rate), 10 ** (gain / 20)
    band, a0 = high**0.4996667741545416, 1 + k / quality + k * k
    side = band * k / quality
    shelf_b = [(high + side + k * k) / a0, 2 * (k * k - high) / a0, (high - side + k * k) / a0]
    shelf_a = [1.0, 2 * (k * k - 1) / a0, (1 - k / quality + k * k) / a0]
    centre, quality = 38.13547087602444, 0.5003270373238773
    k = math.tan(math.pi * centre / rate)
    a0 = 1 + k / quality + k * k
    return [(shelf_b, shelf_a), ([1.0, -2.0, 1.0], [1.0, 2 * (k * k - 1) / a0, (1 - k / quality + k * k) / a0])]


def read_wav(path: Path) -> Sound:
    """Read a 16-bit stereo file."""
    with wave.open(str(path), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return samples.reshape(-1, 2) / 32767


def write_wav(sound: Sound, path: Path) -> None:
    """Write a 16-bit stereo file that contains only its format and samples."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.asarray(np.round(np.clip(sound, -1, 1) * 32767), "<i2").tobytes())
