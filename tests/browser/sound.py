"""What is fed to the fake microphone, and how exactly it came back."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray
from scipy.signal import correlate

MIXTURE = Path(__file__).parents[1] / "fixtures" / "overlapped-mixture-44100.wav"
MICROPHONE_RATE_HZ = 44_100
# Only equality has no noise at all; this stands for it where a number is wanted.
BIT_EXACT_DB = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`snr_db` of the fed sound inside the recording, after shifting by a whole number of samples."""

    snr_db: float
    offset_samples: int
    equal_share: float


def read_pcm16(path: Path) -> NDArray[np.int16]:
    samples, sample_rate_hz = sf.read(path, dtype="int16")
    assert sample_rate_hz == MICROPHONE_RATE_HZ
    return np.asarray(samples, dtype=np.int16)


def write_microphone_file(path: Path, samples: NDArray[np.int16], *, lead_in_s: float = 0.0) -> Path:
    """Silence first, so that a page has time to begin its take before the sound does."""
    silence = np.zeros(round(lead_in_s * MICROPHONE_RATE_HZ), dtype=np.int16)
    sf.write(path, np.concatenate([silence, samples]), MICROPHONE_RATE_HZ, subtype="PCM_16")
    return path


def compare(*, fed: NDArray[np.int16], recorded: NDArray[np.float64]) -> Comparison:
    """Both in full scale 1 after scaling `fed`; the recording must be the longer one."""
    wanted = fed / 32768
    assert len(recorded) >= len(wanted), "the recording is shorter than what was fed"
    offset = int(np.argmax(correlate(recorded, wanted, mode="valid", method="fft")))
    error = recorded[offset : offset + len(wanted)] - wanted
    noise = float(np.sum(error**2))
    snr_db = 10 * np.log10(float(np.sum(wanted**2)) / noise) if noise else BIT_EXACT_DB
    return Comparison(snr_db=float(snr_db), offset_samples=offset, equal_share=float(np.mean(error == 0)))
