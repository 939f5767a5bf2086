"""The child process of `decode_untrusted`: limits itself, decodes stdin, writes a JSON line and float32 samples.

Run as `python -m audio.decoder MAX_DURATION_S CPU_S` with both standard streams connected to files.
"""

import json
import resource
import sys
from typing import Final

_MEMORY_BYTES: Final = 1 << 30
_OPEN_FILES: Final = 32
# The widest thing decoded here: two channels of float32 at 192 kHz.
_BYTES_PER_S: Final = 192_000 * 2 * 4


def limit_this_process(*, max_duration_s: float, cpu_s: int) -> None:
    """Lower the limits of the calling process for good; nothing it runs afterwards can raise them again."""
    output_bytes = int(max_duration_s * _BYTES_PER_S) + 10_000
    limits = {
        resource.RLIMIT_AS: _MEMORY_BYTES + 4 * output_bytes,
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_FSIZE: output_bytes,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in limits.items():
        resource.setrlimit(kind, (value, value))


def main(max_duration_s: float, cpu_s: int) -> None:
    """Decode standard input; a refusal is an answer too, so that its reason reaches the parent."""
    limit_this_process(max_duration_s=max_duration_s, cpu_s=cpu_s)
    # Imported under the limits already, and after them: numpy and libsndfile are what could misbehave.
    from audio.errors import AudioRefused
    from audio.files import read_audio

    try:
        waveform = read_audio(sys.stdin.buffer, max_duration_s=max_duration_s)
    except AudioRefused as refusal:
        answer: dict[str, object] = {"code": refusal.code, "message": refusal.message}
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        return
    frames, channels = waveform.samples.shape
    answer = {"sample_rate_hz": waveform.sample_rate_hz, "channels": channels, "frames": frames}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.write(waveform.samples.astype("<f4").tobytes())


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
