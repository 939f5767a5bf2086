"""What the figures of a study allow one to say, and what they do not, in plain sentences."""

from evaluation.listening.rules.statistics import Correlation

FEW_LISTENERS = 10


def conclude(*, agreement: Correlation, listeners: int, thin_trials: int) -> list[str]:
    """`thin_trials` of the compared ones have fewer than 3 ratings."""
    if agreement.coefficient is None or agreement.interval is None:
        return [f"Nothing can be concluded yet. {agreement.reason}"]
    return [
        finding(agreement),
        scope(agreement=agreement, listeners=listeners),
        *doubts(agreement, thin_trials),
    ]


def finding(agreement: Correlation) -> str:
    assert agreement.interval is not None
    low, high = agreement.interval.low, agreement.interval.high
    span = f"95 % interval {low:.2f} to {high:.2f}, n = {agreement.n} trials"
    if low <= 0 <= high:
        return f"These data fit no relation between estimate and rating as well as they fit one ({span})."
    direction = "higher" if low > 0 else "lower"
    return f"Over these trials, higher estimates go with {direction} ratings ({span})."


def scope(*, agreement: Correlation, listeners: int) -> str:
    if listeners == 1:
        return "All ratings come from 1 listener: this is one person's opinion, not a mean opinion."
    people = f"{listeners} listeners"
    sentence = f"The interval speaks about other mixtures chosen in the same way, as rated by these {people}"
    if listeners < FEW_LISTENERS:
        return f"{sentence}; {people} are too few to speak for others."
    return f"{sentence}; it does not include the chance in who listened."


def doubts(agreement: Correlation, thin_trials: int) -> list[str]:
    sentences = []
    if thin_trials:
        sentences.append(
            f"{thin_trials} of {agreement.n} trials have fewer than 3 ratings; such rough means pull a correlation "
            "towards zero."
        )
    sentences.append(
        "Agreement does not say that a separation is good, nor that the estimate is right in dB."
    )
    return sentences
