"""Corpora of the field as this repository reads them: one file each, listed here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from modeling.data.importers.gathering import Gathered
from modeling.data.importers.librimix import gather_librimix
from modeling.data.importers.librispeech import gather_librispeech
from modeling.data.importers.realm import gather_real_m, gather_realm_corpus, gather_realm_release
from modeling.data.importers.wsj0_mix import gather_wham, gather_wham_noise, gather_whamr, gather_wsj0_mix

IMPORTERS: dict[str, Callable[[Path], Gathered]] = {
    "librispeech": gather_librispeech,
    "librimix": gather_librimix,
    "wsj0-mix": gather_wsj0_mix,
    "wham": gather_wham,
    "whamr": gather_whamr,
    "wham-noise": gather_wham_noise,
    "real-m": gather_real_m,
    "realm-release": gather_realm_release,
    "realm-corpus": gather_realm_corpus,
}
