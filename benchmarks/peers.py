"""The networks of other toolkits with random weights, saved as those toolkits save them; needs `.venv-peers`.

Shape suffixes: b batch, c sources, t samples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from benchmarks.peer_recipes import ESTIMATOR_RECIPE, SEPARATOR_RECIPES
from modeling.acoustics import load_torchaudio
from modeling.importing.bundle import Peer

Size = Literal["small", "published"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerModel:
    """One network of a toolkit, how it is run and how it is saved."""

    peer: Peer
    network: nn.Module
    run: Callable[..., Tensor]
    """A separator: `(b, t) -> (b, c, t)`. The estimator: `(b, t), (b, c, t) -> (b, c)`."""
    save: Callable[[Path], Path]
    """Write it into a folder; return what `python -m modeling import` is given."""
    settings: Mapping[str, object] = field(default_factory=dict)
    """What the saved files do not say."""


def build_peer(
    architecture: str, size: Size = "published", *, num_sources: int = 2, seed: int = 0, device: str = "cpu"
) -> PeerModel:
    """The network behind one of `PEERS`, random weights and gains that are all different from each other."""
    load_torchaudio()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = PEERS[architecture](architecture, size, num_sources)
        _unsettle(model.network)
    model.network.eval().requires_grad_(False).to(device)
    return model


def _unsettle(network: nn.Module) -> None:
    """Move gains and biases off 1 and 0, where two that were swapped would not be noticed."""
    for parameter in network.parameters():
        spread = 0.1 if parameter.ndim < 2 or min(parameter.shape) == 1 else 0.0
        parameter.data.add_(spread * torch.randn_like(parameter))


def _speechbrain_separator(architecture: str, size: Size, num_sources: int) -> PeerModel:
    from speechbrain.inference.separation import SepformerSeparation

    text = SEPARATOR_RECIPES[architecture].text(size, num_sources)
    loaded = _built(text)
    model = SepformerSeparation(modules=loaded["modules"], hparams=loaded, run_opts={"device": "cpu"})
    return PeerModel(
        peer="speechbrain",
        network=model,
        run=lambda mix_bt: _separated(model, mix_bt),
        save=lambda folder: _save_modules(loaded["modules"], text, folder),
    )


def _separated(model: Any, mix_bt: Tensor) -> Tensor:
    model.device = mix_bt.device
    stems_btc: Tensor = model.separate_batch(mix_bt)
    return stems_btc.transpose(1, 2)


def _speechbrain_estimator(_: str, size: Size, num_sources: int) -> PeerModel:
    from speechbrain.inference.metrics import SNREstimator

    text = ESTIMATOR_RECIPE.text(size, num_sources)
    loaded = _built(text)
    model = SNREstimator(modules=loaded["modules"], hparams=loaded, run_opts={"device": "cpu"})

    def run(mix_bt: Tensor, stems_bct: Tensor) -> Tensor:
        # Two sources and a batch of one are all that this peer gets right.
        si_snr_db: Tensor = model.estimate_batch(mix_bt, stems_bct.transpose(1, 2))
        return si_snr_db.view(stems_bct.shape[:2])

    return PeerModel(
        peer="speechbrain",
        network=model,
        run=run,
        save=lambda folder: _save_modules(loaded["modules"], text, folder),
    )


def _built(text: str) -> dict[str, Any]:
    from hyperpyyaml import load_hyperpyyaml

    loaded: dict[str, Any] = load_hyperpyyaml(text)
    return loaded


def _save_modules(modules: Mapping[str, nn.Module], text: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, module in modules.items():
        torch.save(module.state_dict(), folder / f"{name}.ckpt")
    (folder / "hyperparams.yaml").write_text(text, encoding="utf-8")
    return folder


_ASTEROID_CLASSES = {
    "asteroid_conv_tasnet": "ConvTasNet",
    "asteroid_dprnn": "DPRNNTasNet",
    "asteroid_dptnet": "DPTNet",
}
_ASTEROID_SMALL: dict[str, dict[str, object]] = {
    "asteroid_conv_tasnet": {
        "n_filters": 16, "n_blocks": 3, "n_repeats": 2, "bn_chan": 8, "hid_chan": 12, "skip_chan": 6,
    },
    "asteroid_dprnn": {"n_filters": 16, "bn_chan": 12, "hid_size": 10, "chunk_size": 20, "n_repeats": 2},
    "asteroid_dptnet": {"n_filters": 16, "ff_hid": 12, "chunk_size": 20, "n_repeats": 2},
}  # fmt: skip


def _asteroid_separator(architecture: str, size: Size, num_sources: int) -> PeerModel:
    import asteroid.models

    arguments = _ASTEROID_SMALL[architecture] if size == "small" else {}
    model = getattr(asteroid.models, _ASTEROID_CLASSES[architecture])(n_src=num_sources, **arguments)

    def save(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(model.serialize(), folder / "pytorch_model.bin")
        return folder / "pytorch_model.bin"

    return PeerModel(peer="asteroid", network=model, run=model, save=save)


def _torchaudio_separator(_: str, size: Size, num_sources: int) -> PeerModel:
    small = {
        "enc_num_feats": 16, "msk_num_feats": 8, "msk_num_hidden_feats": 12, "msk_num_layers": 3,
        "msk_num_stacks": 2,
    }  # fmt: skip
    arguments = small if size == "small" else {}
    model = load_torchaudio().models.ConvTasNet(num_sources=num_sources, msk_activate="relu", **arguments)

    def save(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(model.state_dict(), folder / "conv_tasnet.pt")
        return folder / "conv_tasnet.pt"

    settings = {"msk_activate": "relu", "msk_num_stacks": arguments.get("msk_num_stacks", 3)}
    return PeerModel(
        peer="torchaudio",
        network=model,
        run=lambda mix_bt: model(mix_bt.unsqueeze(1)),
        save=save,
        settings=settings,
    )


PEERS: dict[str, Callable[[str, Size, int], PeerModel]] = {
    **dict.fromkeys(SEPARATOR_RECIPES, _speechbrain_separator),
    "speechbrain_sisnr_estimator": _speechbrain_estimator,
    **dict.fromkeys(_ASTEROID_CLASSES, _asteroid_separator),
    "torchaudio_conv_tasnet": _torchaudio_separator,
}
"""Every architecture that can be imported, by toolkit and architecture."""
