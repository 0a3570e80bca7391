"""What the page's form controls hold, as Slack would send it."""

from collections.abc import Mapping
from typing import Any, Final

from bot.playground.slack_state import HOLDS, elements

Json = dict[str, Any]
REQUIRED: Final = "Please complete this required field."
SEVERAL: Final = "selected_options"
ONE: Final = "selected_option"


def picked(element: Json, raw: object) -> Json:
    """The state of one element whose control holds ``raw``: a text, or a list of texts."""
    key = ONE if element["type"] == "overflow" else HOLDS[element["type"]][0]
    if key == SEVERAL:
        several = raw if isinstance(raw, list) else [raw] if raw else []
        return {key: [{"value": str(one)} for one in several]}
    if key == ONE:
        return {key: {"value": str(raw)} if raw else None}
    return {key: str(raw) if raw else None}


def given(blocks: list[Json], raw: Mapping[str, Any]) -> dict[str, Json]:
    """What was put into a window's inputs, by block; ``raw`` is by block and action id."""
    return {
        block["block_id"]: picked(element, raw[block["block_id"]][element["action_id"]])
        for block, element in elements(blocks)
        if block["type"] == "input" and element["action_id"] in raw.get(block["block_id"], {})
    }


def missing(blocks: list[Json], filled: Mapping[str, Json]) -> dict[str, str]:
    """What Slack itself says before it submits anything, by block."""
    return {
        block["block_id"]: REQUIRED
        for block in blocks
        if block["type"] == "input"
        and not block.get("optional")
        and not any(filled.get(block["block_id"], {"": None}).values())
    }
