"""The recorder's WAV writer gives back exactly the samples it was given, in the smallest format that can."""

import base64
import io

import numpy as np
import pytest
import soundfile as sf
from numpy.typing import NDArray
from playwright.sync_api import Page

from audio.wav import WavLimits, parse_wav
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ENCODE = """
async (encoded) => {
  const { encodeWav } = await import("/static/js/wav.js");
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  const wav = new Uint8Array(encodeWav(new Float32Array(bytes.buffer), 44100));
  return btoa(Array.from(wav, (byte) => String.fromCharCode(byte)).join(""));
}
"""
STEPS = np.array([0, 1, -1, 12_345, -12_345, 32_767, -32_768, 255, -256], dtype=np.int32)


@pytest.fixture
def page(visit: Visit) -> Page:
    return visit().open("/withdraw/")


def encode(page: Page, samples: NDArray[np.float32]) -> tuple[bytes, str]:
    """The file and the format the server's own parser finds in it."""
    encoded = base64.b64encode(samples.astype("<f4").tobytes()).decode()
    wav = base64.b64decode(page.evaluate(ENCODE, encoded))
    return wav, parse_wav(wav, limits=WavLimits()).sample_format


def test_steps_of_16_bits_come_back_as_the_same_integers(page: Page) -> None:
    wav, sample_format = encode(page, (STEPS / 32_768).astype(np.float32))
    assert sample_format == "pcm16"
    assert sf.read(io.BytesIO(wav), dtype="int16")[0].tolist() == STEPS.tolist()


def test_the_two_scales_of_chromium_are_undone(page: Page) -> None:
    samples = np.where(STEPS < 0, STEPS / 32_768, STEPS / 32_767).astype(np.float32)
    wav, sample_format = encode(page, samples)
    assert sample_format == "pcm16"
    assert sf.read(io.BytesIO(wav), dtype="int16")[0].tolist() == STEPS.tolist()


def test_steps_of_24_bits_come_back_exactly_with_an_odd_number_of_bytes(page: Page) -> None:
    steps = np.array([1, -1, 8_388_607, -8_388_608, 65_536, -65_537, 77], dtype=np.int32)
    wav, sample_format = encode(page, (steps / 8_388_608).astype(np.float32))
    assert sample_format == "pcm24"
    assert (sf.read(io.BytesIO(wav), dtype="int32")[0] // 256).tolist() == steps.tolist()


def test_anything_finer_or_beyond_full_scale_is_kept_as_float(page: Page) -> None:
    samples = np.array([0.1, -1.5, 2**-30, 0.0, 1.0], dtype=np.float32)
    wav, sample_format = encode(page, samples)
    assert sample_format == "float32"
    assert sf.read(io.BytesIO(wav), dtype="float32")[0].tolist() == samples.tolist()
