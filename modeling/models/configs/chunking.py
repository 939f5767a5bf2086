"""What settings of dual-path models must satisfy together."""

from __future__ import annotations

from modeling.errors import InputRefused


def check_chunking(chunk_frames: int, hop_frames: int, padding: str) -> None:
    """Refuse chunks that leave gaps, and half padding without exactly half overlap."""
    if padding == "half" and 2 * hop_frames != chunk_frames:
        raise InputRefused(
            f"chunk_frames is {chunk_frames} and hop_frames {hop_frames}: chunks padded by half overlap by half. "
            "Set an even chunk_frames and hop_frames to half of it."
        )
    if not 1 <= hop_frames <= chunk_frames:
        raise InputRefused(
            f"hop_frames is {hop_frames}, chunk_frames {chunk_frames}: chunks would leave gaps. "
            f"Set hop_frames to at most {chunk_frames}."
        )


def check_heads(width: int, num_heads: int) -> None:
    """Refuse features that cannot be dealt out evenly to the attention heads, or be even (sines and cosines)."""
    if width % num_heads or width % 2:
        raise InputRefused(
            f"{width} features cannot be divided among {num_heads} heads. "
            "Choose an even width that is a multiple of num_heads."
        )
