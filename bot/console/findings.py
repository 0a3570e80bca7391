"""What ``recap doctor`` finds, and how it is printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rich.table import Table
from rich.text import Text


class Mark(StrEnum):
    """What stands before a finding."""

    GOOD = "✓"
    BAD = "✗"
    NOTE = "·"


STYLES: Final = {Mark.GOOD: ("green", ""), Mark.BAD: ("red", "yellow"), Mark.NOTE: ("dim", "dim")}
"""Of the mark, and of the sentence."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is neither right nor wrong; nobody has to do anything."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one check: what was found, or what is wrong and the one thing to do."""

    setting: str
    mark: Mark
    sentence: str


def table(findings: Sequence[Finding]) -> Table:
    """One line for each of ``findings``, in their order."""
    made = Table(box=None, pad_edge=False, show_header=False)
    for one in findings:
        of_mark, of_sentence = STYLES[one.mark]
        mark = Text(one.mark, style=of_mark)
        made.add_row(mark, Text(one.setting), Text(one.sentence, style=of_sentence))
    return made


def conclusion(findings: Sequence[Finding]) -> str:
    """What to do next."""
    match sum(one.mark is Mark.BAD for one in findings):
        case 0:
            return "Everything is in order: `recap run` starts Recap."
        case 1:
            todo = "One thing to do: the line with the ✗ says what."
        case count:
            todo = f"{count} things to do: begin with the first ✗."
    return f"{todo} Settings go into .env or the environment. Then run `recap doctor` again."
