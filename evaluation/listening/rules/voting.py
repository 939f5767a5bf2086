"""When a vote may be given: a whole score, every signal heard, and no sooner than hearing takes."""

from collections.abc import Collection

from core.errors import ShownToUser
from evaluation.listening.rules.statistics import HIGHEST_SCORE, LOWEST_SCORE

# A signal counts as heard a little before its end, where browsers stop counting at different moments.
HEARD_FRACTION = 0.9
SCALE = {1: "Bad", 2: "Poor", 3: "Fair", 4: "Good", 5: "Excellent"}


def check_score(*, score: int) -> None:
    if not LOWEST_SCORE <= score <= HIGHEST_SCORE:
        raise ShownToUser(
            f"The rating is {score}; choose a whole number from 1 (bad) to 5 (excellent).",
            code="score_off_scale",
            field="score",
        )


def check_every_signal_was_played(*, signals_played: Collection[int], stem_count: int) -> None:
    """Signal 0 is the mixture, 1 to `stem_count` are the separated signals."""
    missing = [signal_name(number) for number in range(stem_count + 1) if number not in signals_played]
    if missing:
        raise ShownToUser(
            f"Please play {' and '.join(missing)} to the end before you rate.",
            code="not_played",
            field="signals_played",
            final=False,
        )


def check_there_was_time_to_listen(*, elapsed_s: float, sound_s: float) -> None:
    """The browser reports what was played; that it also had time to sound, only the server can know.

    `sound_s` is the length of all signals together: one sounds at a time.
    """
    if elapsed_s < HEARD_FRACTION * sound_s:
        raise ShownToUser(
            f"The mixture and its separated signals last {sound_s:.1f} s together and have been on your screen "
            f"for {elapsed_s:.1f} s. Please listen to all of them, then rate.",
            code="rated_too_soon",
            field="score",
            final=False,
        )


def signal_name(number: int) -> str:
    return "the mixture" if number == 0 else f"separated signal {number}"
