"""Metrics in words."""

from typing import Final

from bot.digest.preferences import Metric

KNOWN: Final = {
    "total_views": Metric.VIEWS,
    "views": Metric.VIEWS,
    **{metric.value: metric for metric in Metric},
}
"""CreatorAudit's keys, those of the public tutorial among them."""


def metric_of(key: str) -> Metric | None:
    """Which of the metrics that people can choose ``key`` is; None for one that Recap is new to."""
    return KNOWN.get(key)


def label_of(key: str) -> str:
    """A metric's key in words: ``total_views`` is ``Total views``."""
    words = " ".join(printable(" ".join(key.replace("_", " ").split())).split())
    return words[:1].upper() + words[1:] if words else "(no name)"


def printable(key: str) -> str:
    """A key comes from the wire and goes to a terminal, which must not obey it."""
    return "".join(character for character in key if character.isprintable())
