"""A small folder of MIDI files and a recipe for it."""

from __future__ import annotations

from pathlib import Path

from jazzassist.midi.files import write_song
from jazzassist.neural.sizes import NetworkConfig
from jazzassist.training.config import CorpusSet, Recipe, TrainingConfig
from tests.neural.requests import band

SETS = (
    CorpusSet("combo", "combo", "own", share=0.5, first_track_share=0.4, tune_from="after-performer"),
    CorpusSet(
        "solos", "solos", "own", share=0.0, first_track_share=0.1, tune_from="after-performer", unless_in="combo"
    ),
)
SIZES = NetworkConfig(hidden=16, layers=2, decoder=12, right=8, right_notes=12, embedding=6, dropout=0.1, recall=8)
TRAINING = TrainingConfig(minutes=10, batch=4, steps=40, warm_up=2, learning_rate=1e-2)
RECIPE = Recipe("tiny", network=SIZES, training=TRAINING, sets=SETS)
TUNES = [f"Tune{number}" for number in (*range(16), 42, 64, 82, 86)]  # one to validate and three to test on


def write_files(folder: Path) -> Path:
    """Combo files, their solos, one solo more, and three files that cannot be learned from."""
    (folder / "combo").mkdir(parents=True)
    (folder / "solos").mkdir()
    for number, tune in enumerate(TUNES):
        song = band(bars=16, seed=10 * number)
        write_song(song, folder / "combo" / f"Player_{tune}.mid")
        write_song(song, folder / "solos" / f"Player_{tune}.mid")
    write_song(band(bars=16, seed=5000), folder / "solos" / "Other_Alone.mid")
    write_song(band(bars=2), folder / "combo" / "Player_Short.mid")
    (folder / "combo" / "Player_Broken.mid").write_bytes(b"MThd and no more")
    (folder / "combo" / "Zoe_Copy.mid").write_bytes((folder / "combo" / "Player_Tune0.mid").read_bytes())
    return folder
