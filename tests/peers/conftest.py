"""Tests against the toolkits of the field: collected only where they are installed (`make test-peers`)."""

from __future__ import annotations

from importlib.util import find_spec

import torch

from modeling.acoustics import load_torchaudio

collect_ignore_glob = [] if find_spec("speechbrain") else ["test_*.py"]

# Tiny models on a busy machine: threads that wait for each other cost far more than they gain.
torch.set_num_threads(1)
load_torchaudio()  # the peers import torchaudio, which without this does not load beside a CPU build of torch
