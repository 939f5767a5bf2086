"""The words listeners read before they begin; versioned with the study's consent text once shown."""

CONSENT_TEXT = """You will listen to short recordings of two people who speak at the same time, and to what a \
computer made of them. You rate each one from 1 to 5.

We keep your ratings, the order in which you gave them and the time. We keep no name, no e-mail address, no \
network address and no description of your device. Ratings are used for research and may be published under a \
random listener number.

Taking part is voluntary. You may stop at any moment. With the code that you are shown you can delete your \
ratings, without an account and without giving a reason."""

DEFAULT_INSTRUCTIONS = """You will hear a mixture of two people who speak at the same time, and then the signals \
a computer separated from it. Ideally each separated signal holds one voice only, and that voice sounds natural.

Rate how well the voices were separated, taking all separated signals together. Do not rate what is said, who \
speaks, or the noise that was already in the mixture."""
