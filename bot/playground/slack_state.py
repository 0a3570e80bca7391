"""What stands in a window's elements: what the app put there, and what a person changed.

Slack sends it as ``state.values[block_id][action_id]``. A person can only pick what is offered, so
anything else is an error of the test and raises ``AssertionError``.
"""

from collections.abc import Iterator
from typing import Any, Final

Json = dict[str, Any]

HOLDS: Final = {
    "static_select": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "timepicker": ("selected_time", "initial_time"),
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
}
"""The key in the state and the one in the element, by type; a button has no state."""


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every interactive element with its block, from the top down."""
    for block in blocks:
        for element in (
            block.get("accessory"),
            block.get("element"),
            *(block["elements"] if block.get("type") == "actions" else []),
        ):
            if element and "action_id" in element:
                yield block, element


def find(blocks: list[Json], action_id: str, block_id: str | None = None) -> tuple[Json, Json]:
    """The block and the element that a person means by ``action_id``.

    Raises:
        LookupError: It isn't there, or it is an input that tells nobody until it is submitted.
    """
    for block, element in elements(blocks):
        if element["action_id"] == action_id and block_id in {None, block.get("block_id")}:
            if block["type"] == "input" and not block.get("dispatch_action"):
                raise LookupError(f"{action_id} is an input without dispatch_action")
            return block, element
    raise LookupError(f"no element {action_id} here")


def initial(blocks: list[Json], kept: Json | None = None, channel: str | None = None) -> Json:
    """The state of ``blocks`` before anybody touches them.

    Args:
        blocks: With their ``block_id``; an element in a block without one has no state.
        kept: An earlier state, of which the same elements in the same blocks keep theirs.
        channel: Where the window was opened.
    """
    values: dict[str, Json] = {}
    for block, element in elements(blocks):
        if element["type"] not in HOLDS or "block_id" not in block:
            continue
        place = (block["block_id"], element["action_id"])
        before = (kept or {}).get(place[0], {}).get(place[1], {})
        same = before.get("type") == element["type"]
        values.setdefault(place[0], {})[place[1]] = before if same else _first(element, channel)
    return values


def _first(element: Json, channel: str | None) -> Json:
    kind = element["type"]
    key, source = HOLDS[kind]
    value = element.get(source, [] if key == "selected_options" else None)
    if kind == "conversations_select" and element.get("default_to_current_conversation"):
        value = value or channel
    zone = {"timezone": element["timezone"]} if "timezone" in element else {}
    return {"type": kind, key: value, **zone}


def chosen(element: Json, given: Json) -> Json:
    """The element's state after a person has put ``given`` there, options as they are offered."""
    kind = element["type"]
    key = "selected_option" if kind == "overflow" else HOLDS[kind][0]
    if set(given) != {key}:
        raise AssertionError(f"a {kind} holds {key}, not {sorted(given)}")
    value = given[key]
    if key == "selected_options":
        value = _several(element, value)
    elif key == "selected_option" and value is not None:
        value = _offered(element, value)
    elif value == "":
        value = None
    zone = {"timezone": element["timezone"]} if "timezone" in element else {}
    return {"type": kind, key: value, **zone}


def _several(element: Json, options: list[Json]) -> list[Json]:
    """``options`` in the order in which they were picked."""
    names = [one["value"] for one in options]
    if len(set(names)) < len(names) or len(names) > element.get("max_selected_items", len(names)):
        raise AssertionError(f"nobody can pick {names} in {element['action_id']}")
    return [_offered(element, one) for one in options]


def _offered(element: Json, option: Json) -> Json:
    groups = element.get("option_groups", [])
    offered = [*element.get("options", []), *(one for group in groups for one in group["options"])]
    found: Json | None = next((one for one in offered if one["value"] == option["value"]), None)
    if found is None:
        raise AssertionError(f"{element['action_id']} does not offer {option['value']}")
    return found


def fill(view: Json, values: dict[str, Json]) -> Json:
    """The state of ``view`` once a person has changed ``values`` and presses submit."""
    state: Json = {block: dict(inner) for block, inner in view["state"]["values"].items()}
    for block_id, given in values.items():
        if block_id not in state:
            raise AssertionError(f"there is nothing to fill in in the block {block_id}")
        element = _meant(view["blocks"], block_id, given)
        state[block_id][element["action_id"]] = chosen(element, given)
    for block, element in elements(view["blocks"]):
        required = block["type"] == "input" and not block.get("optional")
        if required and not _filled(state[block["block_id"]][element["action_id"]]):
            raise AssertionError(f"{block['block_id']} is required: Slack would not submit it")
    return state


def _meant(blocks: list[Json], block_id: str, given: Json) -> Json:
    """The element that ``given`` fits, or the first one of the block."""
    held = [
        element
        for block, element in elements(blocks)
        if block.get("block_id") == block_id and element["type"] in HOLDS
    ]
    return next((one for one in held if HOLDS[one["type"]][0] in given), held[0])


def _filled(value: Json) -> bool:
    return bool(value[HOLDS[value["type"]][0]])
