"""Slack's Block Kit limits, written down apart from the product's own (docs.slack.dev).

The tests send every message of the product through these checks, so they must not share a line
with ``bot/rendering/limits.py``.
"""

from collections.abc import Callable
from typing import Any, Final

from bot.playground.slack_data_blocks import (
    DATA_BLOCKS,
    check_chart,
    check_data,
    check_table,
    shown,
)
from bot.playground.slack_elements import (
    PLAIN,
    Json,
    Problems,
    check_element,
    check_keys,
    check_text,
)

WHOLE_MESSAGE: Final = 13_200
Known = dict[str, Callable[[Json, str], Problems]]
"""The check of each type of block that may stand somewhere."""


def check_message(
    text: str,
    blocks: Any,  # noqa: ANN401 -- anything may be sent
    *,
    data_blocks: bool = True,
) -> list[str]:
    """Why Slack would refuse a message, with JSON pointers; empty when it would take it.

    Args:
        text: The message in words.
        blocks: Its blocks.
        data_blocks: Whether the workspace knows ``data_table`` and ``data_visualization``.
    """
    if not isinstance(blocks, list):
        return ["blocks: must be an array [json-pointer:/blocks]"]
    found = list(_blocks(blocks, 50, _known(MESSAGE_BLOCKS, data_blocks=data_blocks)))
    if not text and not blocks:
        found.append("no_text")
    if len(text) > 40_000:  # noqa: PLR2004
        found.append("msg_too_long")
    if sum(map(_length, blocks)) > WHOLE_MESSAGE:
        found.append("msg_blocks_too_long")
    return found


def check_view(
    view: Any,  # noqa: ANN401 -- anything may be sent
    *,
    data_blocks: bool = True,
) -> list[str]:
    """Why Slack would refuse a modal or an App Home."""
    if not isinstance(view, dict) or view.get("type") not in VIEW_KEYS:
        return ["view: must be a modal or a home [json-pointer:/view]"]
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        return ["blocks: must be an array [json-pointer:/view/blocks]"]
    known = _known(VIEW_BLOCKS[view["type"]], data_blocks=data_blocks)
    found = [*_blocks(blocks, 100, known), *_identity(view)]
    found += check_keys(view, "/view", VIEW_KEYS[view["type"]])
    if view["type"] == "home":
        return found
    for key in ("title", "submit", "close"):
        if key in view or key == "title":
            found += check_text(view.get(key), f"/view/{key}", 24, PLAIN)
    if any(block.get("type") == "input" for block in blocks) and "submit" not in view:
        found.append("submit is required with an input [json-pointer:/view/submit]")
    return found


def _identity(view: Json) -> Problems:
    """What the app hears again of its view."""
    for key, most in (("private_metadata", 3_000), ("callback_id", 255), ("external_id", 255)):
        if not isinstance(view.get(key, ""), str) or len(view.get(key, "")) > most:
            yield f"must be less than {most + 1} characters [json-pointer:/view/{key}]"
    for key in ("clear_on_close", "notify_on_close", "submit_disabled"):
        if not isinstance(view.get(key, False), bool):
            yield f"must be a boolean [json-pointer:/view/{key}]"


def _known(blocks: Known, *, data_blocks: bool) -> Known:
    """``blocks`` as a workspace knows them."""
    return {name: check for name, check in blocks.items() if data_blocks or name not in DATA_BLOCKS}


def _length(value: object) -> int:
    """Characters of every text in ``value``; a table's cells have a limit of their own."""
    if isinstance(value, dict) and value.get("type") in DATA_BLOCKS:
        return shown(value)
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(_length(inner) for inner in value.values() if not isinstance(inner, str))
    return sum(map(_length, value)) if isinstance(value, list) else 0


def _blocks(blocks: list[Json], most: int, known: Known) -> Problems:
    if len(blocks) > most:
        yield f"no more than {most} items allowed [json-pointer:/blocks]"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "block_id must be unique [json-pointer:/blocks]"
    for position, name in enumerate(ids):
        if not isinstance(name, str) or not 1 <= len(name) <= 255:  # noqa: PLR2004
            yield f"must be 1 to 255 characters [json-pointer:/blocks/{position}/block_id]"
    for position, block in enumerate(blocks):
        where = f"/blocks/{position}"
        check = known.get(str(block.get("type")))
        if check is None:
            yield f"unsupported type: {block.get('type')} [json-pointer:{where}/type]"
        else:
            yield from check(block, where)
    yield from check_data(blocks)


def _header(block: Json, where: str) -> Problems:
    yield from check_text(block.get("text"), f"{where}/text", 150, PLAIN)


def _section(block: Json, where: str) -> Problems:
    fields = block.get("fields", [])
    if "text" in block or not fields:
        yield from check_text(block.get("text"), f"{where}/text", 3_000)
    if len(fields) > 10:  # noqa: PLR2004
        yield f"no more than 10 items allowed [json-pointer:{where}/fields]"
    for position, field in enumerate(fields):
        yield from check_text(field, f"{where}/fields/{position}", 2_000)
    if "accessory" in block:
        yield from check_element(block["accessory"], f"{where}/accessory", "section")


def _context(block: Json, where: str) -> Problems:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 10:  # noqa: PLR2004
        yield f"between 1 and 10 items allowed [json-pointer:{where}/elements]"
    for position, element in enumerate(elements):
        pointer = f"{where}/elements/{position}"
        if element.get("type") == "image":
            yield from _image(element, pointer)
        else:
            yield from check_text(element, pointer, 3_000)


def _actions(block: Json, where: str) -> Problems:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 25:  # noqa: PLR2004
        yield f"between 1 and 25 items allowed [json-pointer:{where}/elements]"
    ids = [element.get("action_id") for element in elements]
    if len(ids) != len(set(ids)):
        yield f"action_id must be unique [json-pointer:{where}/elements]"
    for position, element in enumerate(elements):
        yield from check_element(element, f"{where}/elements/{position}", "actions")


def _image(block: Json, where: str) -> Problems:
    if not 1 <= len(block.get("alt_text", "")) <= 2_000:  # noqa: PLR2004
        yield f"alt_text is required [json-pointer:{where}/alt_text]"
    if not 1 <= len(block.get("image_url", "")) <= 3_000:  # noqa: PLR2004
        yield f"image_url is required [json-pointer:{where}/image_url]"


def _input(block: Json, where: str) -> Problems:
    known = {"type", "block_id", "label", "element", "hint", "optional", "dispatch_action"}
    yield from check_keys(block, where, known)
    yield from check_text(block.get("label"), f"{where}/label", 2_000, PLAIN)
    if "hint" in block:
        yield from check_text(block["hint"], f"{where}/hint", 2_000, PLAIN)
    for key in ("optional", "dispatch_action"):
        if not isinstance(block.get(key, False), bool):
            yield f"must be a boolean [json-pointer:{where}/{key}]"
    yield from check_element(block.get("element"), f"{where}/element", "input")


def _divider(_block: Json, _where: str) -> Problems:
    yield from ()


HOME_KEYS: Final = frozenset({"type", "blocks", "private_metadata", "callback_id", "external_id"})
MODAL_KEYS: Final = HOME_KEYS | {
    "title",
    "submit",
    "close",
    "clear_on_close",
    "notify_on_close",
    "submit_disabled",
}
VIEW_KEYS: Final = {"home": HOME_KEYS, "modal": MODAL_KEYS}
"""What the app may send; Slack refuses the ``id`` or ``hash`` of a view that it handed out."""
EVERYWHERE: Final[Known] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "divider": _divider,
}
MESSAGE_BLOCKS: Final[Known] = {
    **EVERYWHERE,
    "data_table": check_table,
    "data_visualization": check_chart,
}
VIEW_BLOCKS: Final[dict[str, Known]] = {
    "modal": {**EVERYWHERE, "input": _input},
    "home": {**EVERYWHERE, "input": _input, "data_table": check_table},
}
