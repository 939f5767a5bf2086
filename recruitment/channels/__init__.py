"""How people come to an effort and are paid: one file for each platform, all with the same verbs."""

from recruitment.channels.contract import Channel
from recruitment.channels.csv import CsvChannel
from recruitment.channels.mturk import MturkChannel
from recruitment.channels.open import OpenChannel
from recruitment.channels.prolific import ProlificChannel

CHANNELS: dict[str, Channel] = {
    channel.name: channel for channel in (OpenChannel(), ProlificChannel(), MturkChannel(), CsvChannel())
}


def channel_named(name: str) -> Channel:
    """The channel of an effort; an unknown name is a programming error or a row of a newer version."""
    return CHANNELS[name]
