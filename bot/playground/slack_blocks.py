"""Slack's Block Kit limits, written down apart from the product's own (docs.slack.dev).

The tests send every message of the product through these checks, so they must not share a line
with ``bot/rendering/limits.py``.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

Json = dict[str, Any]
Problems = Iterator[str]

WHOLE_MESSAGE: Final = 13_200


def check_message(text: str, blocks: Any) -> list[str]:  # noqa: ANN401 -- anything may be sent
    """Why Slack would refuse a message, with JSON pointers; empty when it would take it."""
    if not isinstance(blocks, list):
        return ["blocks: must be an array [json-pointer:/blocks]"]
    found = list(_blocks(blocks, 50, MESSAGE_BLOCKS))
    if not text and not blocks:
        found.append("no_text")
    if len(text) > 40_000:  # noqa: PLR2004
        found.append("msg_too_long")
    if sum(map(_length, blocks)) > WHOLE_MESSAGE:
        found.append("msg_blocks_too_long")
    return found


def check_view(view: Any) -> list[str]:  # noqa: ANN401 -- anything may be sent
    """Why Slack would refuse a modal."""
    if not isinstance(view, dict) or view.get("type") != "modal":
        return ["view: must be a modal [json-pointer:/view]"]
    found = list(_blocks(view.get("blocks", []), 100, VIEW_BLOCKS))
    for key in ("title", "submit", "close"):
        if key in view or key == "title":
            found += _text(view.get(key), f"/view/{key}", 24, kinds={"plain_text"})
    if any(block.get("type") == "input" for block in view["blocks"]) and "submit" not in view:
        found.append("submit is required with an input [json-pointer:/view/submit]")
    if len(view.get("private_metadata", "")) > 3_000:  # noqa: PLR2004
        found.append("private_metadata is too long [json-pointer:/view/private_metadata]")
    return found


def _length(value: object) -> int:
    """Characters of every text in ``value``."""
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(_length(inner) for inner in value.values() if not isinstance(inner, str))
    return sum(map(_length, value)) if isinstance(value, list) else 0


def _blocks(
    blocks: list[Json], most: int, known: dict[str, Callable[[Json, str], Problems]]
) -> Problems:
    if len(blocks) > most:
        yield f"no more than {most} items allowed [json-pointer:/blocks]"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "block_id must be unique [json-pointer:/blocks]"
    for position, block in enumerate(blocks):
        where = f"/blocks/{position}"
        check = known.get(str(block.get("type")))
        if check is None:
            yield f"unsupported type: {block.get('type')} [json-pointer:{where}/type]"
        else:
            yield from check(block, where)


def _text(
    value: Any,  # noqa: ANN401 -- anything may be sent
    where: str,
    most: int,
    kinds: frozenset[str] | set[str] = frozenset({"plain_text", "mrkdwn"}),
) -> Problems:
    if not isinstance(value, dict) or value.get("type") not in kinds:
        yield f"must be a text object of {sorted(kinds)} [json-pointer:{where}]"
        return
    text = value.get("text")
    if not isinstance(text, str) or not text:
        yield f"must be more than 0 characters [json-pointer:{where}/text]"
    elif len(text) > most:
        yield f"must be less than {most + 1} characters [json-pointer:{where}/text]"
    allowed = {"type", "text", "emoji" if value["type"] == "plain_text" else "verbatim"}
    if extra := set(value) - allowed:
        yield f"invalid additional property: {sorted(extra)} [json-pointer:{where}]"


def _header(block: Json, where: str) -> Problems:
    yield from _text(block.get("text"), f"{where}/text", 150, {"plain_text"})


def _section(block: Json, where: str) -> Problems:
    fields = block.get("fields", [])
    if "text" in block or not fields:
        yield from _text(block.get("text"), f"{where}/text", 3_000)
    if len(fields) > 10:  # noqa: PLR2004
        yield f"no more than 10 items allowed [json-pointer:{where}/fields]"
    for position, field in enumerate(fields):
        yield from _text(field, f"{where}/fields/{position}", 2_000)
    if "accessory" in block:
        yield from _element(block["accessory"], f"{where}/accessory")


def _context(block: Json, where: str) -> Problems:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 10:  # noqa: PLR2004
        yield f"between 1 and 10 items allowed [json-pointer:{where}/elements]"
    for position, element in enumerate(elements):
        pointer = f"{where}/elements/{position}"
        if element.get("type") == "image":
            yield from _image(element, pointer)
        else:
            yield from _text(element, pointer, 3_000)


def _actions(block: Json, where: str) -> Problems:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 25:  # noqa: PLR2004
        yield f"between 1 and 25 items allowed [json-pointer:{where}/elements]"
    ids = [element.get("action_id") for element in elements]
    if len(ids) != len(set(ids)):
        yield f"action_id must be unique [json-pointer:{where}/elements]"
    for position, element in enumerate(elements):
        yield from _element(element, f"{where}/elements/{position}")


def _element(element: Json, where: str) -> Problems:
    if not isinstance(element.get("action_id"), str) or len(element["action_id"]) > 255:  # noqa: PLR2004
        yield f"must have an action_id [json-pointer:{where}/action_id]"
    if element.get("type") == "button":
        yield from _button(element, where)
    elif element.get("type") not in ELEMENTS:
        yield f"unsupported type: {element.get('type')} [json-pointer:{where}/type]"


def _button(button: Json, where: str) -> Problems:
    yield from _text(button.get("text"), f"{where}/text", 75, {"plain_text"})
    for key, most in (("value", 2_000), ("url", 3_000), ("accessibility_label", 75)):
        if len(button.get(key, "")) > most:
            yield f"must be less than {most + 1} characters [json-pointer:{where}/{key}]"
    if button.get("style", "primary") not in {"primary", "danger"}:
        yield f"must be primary or danger [json-pointer:{where}/style]"
    for key, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        if "confirm" in button:
            yield from _text(button["confirm"].get(key), f"{where}/confirm/{key}", most)


def _image(block: Json, where: str) -> Problems:
    if not 1 <= len(block.get("alt_text", "")) <= 2_000:  # noqa: PLR2004
        yield f"alt_text is required [json-pointer:{where}/alt_text]"
    if not 1 <= len(block.get("image_url", "")) <= 3_000:  # noqa: PLR2004
        yield f"image_url is required [json-pointer:{where}/image_url]"


def _input(block: Json, where: str) -> Problems:
    yield from _text(block.get("label"), f"{where}/label", 2_000, {"plain_text"})
    yield from _element(block.get("element", {}), f"{where}/element")


def _divider(_block: Json, _where: str) -> Problems:
    yield from ()


ELEMENTS: Final = frozenset(
    {
        "static_select",
        "conversations_select",
        "overflow",
        "checkboxes",
        "radio_buttons",
        "timepicker",
        "plain_text_input",
    }
)
MESSAGE_BLOCKS: Final[dict[str, Callable[[Json, str], Problems]]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "divider": _divider,
}
VIEW_BLOCKS: Final = {**MESSAGE_BLOCKS, "input": _input}
