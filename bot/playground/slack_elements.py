"""Slack's limits on texts and interactive elements, apart from the product's own."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

Json = dict[str, Any]
Problems = Iterator[str]
PLAIN: Final = frozenset({"plain_text"})
BOTH: Final = frozenset({"plain_text", "mrkdwn"})
TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def check_text(
    value: Any,  # noqa: ANN401 -- anything may be sent
    where: str,
    most: int,
    kinds: frozenset[str] = BOTH,
) -> Problems:
    """Why Slack would refuse a text object of at most ``most`` characters."""
    if not isinstance(value, dict) or value.get("type") not in kinds:
        yield f"must be a text object of {sorted(kinds)} [json-pointer:{where}]"
        return
    text = value.get("text")
    if not isinstance(text, str) or not text:
        yield f"must be more than 0 characters [json-pointer:{where}/text]"
    elif len(text) > most:
        yield f"must be less than {most + 1} characters [json-pointer:{where}/text]"
    own = {"emoji"} if value["type"] == "plain_text" else {"verbatim"}
    yield from check_keys(value, where, {"type", "text"} | own)


def check_keys(value: Json, where: str, allowed: set[str] | frozenset[str]) -> Problems:
    """Slack refuses what it doesn't know."""
    if extra := set(value) - allowed:
        yield f"invalid additional property: {sorted(extra)} [json-pointer:{where}]"


def check_element(element: Any, where: str, place: str) -> Problems:  # noqa: ANN401
    """Why Slack would refuse ``element`` in a block of the type ``place``."""
    if not isinstance(element, dict) or element.get("type") not in ELEMENTS:
        kind = element.get("type") if isinstance(element, dict) else element
        yield f"unsupported type: {kind} [json-pointer:{where}/type]"
        return
    kind = element["type"]
    places, allowed, check = ELEMENTS[kind]
    if place not in places:
        yield f"a {kind} can't stand in this block: {place} [json-pointer:{where}/type]"
    if not isinstance(element.get("action_id"), str) or not 1 <= len(element["action_id"]) <= 255:  # noqa: PLR2004
        yield f"must have an action_id [json-pointer:{where}/action_id]"
    yield from check_keys(element, where, {"type", "action_id"} | allowed)
    if "placeholder" in element:
        yield from check_text(element["placeholder"], f"{where}/placeholder", 150, PLAIN)
    if "confirm" in element:
        yield from _confirm(element["confirm"], f"{where}/confirm")
    if element.get("response_url_enabled") and place != "input":
        yield f"only within an input [json-pointer:{where}/response_url_enabled]"
    yield from check(element, where)


def _confirm(confirm: Any, where: str) -> Problems:  # noqa: ANN401
    if not isinstance(confirm, dict):
        yield f"must be an object [json-pointer:{where}]"
        return
    yield from check_keys(confirm, where, {"title", "text", "confirm", "deny", "style"})
    for key, most, kinds in (
        ("title", 100, PLAIN),
        ("text", 300, BOTH),
        ("confirm", 30, PLAIN),
        ("deny", 30, PLAIN),
    ):
        yield from check_text(confirm.get(key), f"{where}/{key}", most, kinds)
    yield from _style(confirm, where)


def _style(value: Json, where: str) -> Problems:
    if value.get("style", "primary") not in {"primary", "danger"}:
        yield f"must be primary or danger [json-pointer:{where}/style]"


def _button(button: Json, where: str) -> Problems:
    yield from check_text(button.get("text"), f"{where}/text", 75, PLAIN)
    for key, most in (("value", 2_000), ("url", 3_000), ("accessibility_label", 75)):
        if not isinstance(button.get(key, ""), str) or len(button.get(key, "")) > most:
            yield f"must be less than {most + 1} characters [json-pointer:{where}/{key}]"
    yield from _style(button, where)


def _options(
    options: Any,  # noqa: ANN401 -- anything may be sent
    where: str,
    most: int,
    kinds: frozenset[str] = PLAIN,
) -> Problems:
    if not isinstance(options, list) or not 1 <= len(options) <= most:
        yield f"between 1 and {most} items allowed [json-pointer:{where}]"
        return
    values = [option.get("value") for option in options if isinstance(option, dict)]
    if len(values) != len(options) or not all(isinstance(one, str) for one in values):
        yield f"must be options with a value [json-pointer:{where}]"
        return
    if len(set(values)) != len(values):
        yield f"values must be unique [json-pointer:{where}]"
    for position, option in enumerate(options):
        yield from _option(option, f"{where}/{position}", kinds)


def _option(option: Json, where: str, kinds: frozenset[str]) -> Problems:
    yield from check_keys(option, where, {"text", "value", "description", "url"})
    yield from check_text(option.get("text"), f"{where}/text", 75, kinds)
    if not 1 <= len(option["value"]) <= 150:  # noqa: PLR2004
        yield f"must be less than 151 characters [json-pointer:{where}/value]"
    if "description" in option:
        yield from check_text(option["description"], f"{where}/description", 75, kinds)


def _no_url(options: list[Json], where: str) -> Problems:
    if any("url" in option for option in options):
        yield f"url is for overflow menus [json-pointer:{where}]"


def _static_select(element: Json, where: str) -> Problems:
    groups, options = element.get("option_groups"), element.get("options")
    if (groups is None) == (options is None):
        yield f"either options or option_groups [json-pointer:{where}]"
        return
    if groups is None:
        found = list(_options(options, f"{where}/options", 100))
    else:
        found = list(_groups(groups, f"{where}/option_groups"))
        options = [] if found else [one for group in groups for one in group["options"]]
    yield from found
    if not found:
        yield from _no_url(options or [], f"{where}/options")
        yield from _initial(element, where, options or [])


def _multi_static_select(element: Json, where: str) -> Problems:
    most = element.get("max_selected_items", 1)
    if type(most) is not int or most < 1:
        yield f"must be 1 or more [json-pointer:{where}/max_selected_items]"
    elif "max_selected_items" in element and len(element.get("initial_options", [])) > most:
        yield f"no more than {most} items allowed [json-pointer:{where}/initial_options]"
    else:
        yield from _static_select(element, where)


def _groups(groups: Any, where: str) -> Problems:  # noqa: ANN401
    if not isinstance(groups, list) or not 1 <= len(groups) <= 100:  # noqa: PLR2004
        yield f"between 1 and 100 items allowed [json-pointer:{where}]"
        return
    for position, group in enumerate(groups):
        pointer = f"{where}/{position}"
        if not isinstance(group, dict):
            yield f"must be an object [json-pointer:{pointer}]"
            continue
        yield from check_keys(group, pointer, {"label", "options"})
        yield from check_text(group.get("label"), f"{pointer}/label", 75, PLAIN)
        yield from _options(group.get("options"), f"{pointer}/options", 100)


def _initial(element: Json, where: str, options: list[Json]) -> Problems:
    """The app can only preselect exactly what it offers."""
    if "initial_option" in element and element["initial_option"] not in options:
        yield f"must be one of the options [json-pointer:{where}/initial_option]"
    if "initial_options" in element:
        chosen = element["initial_options"]
        # Slack takes no empty list: without a choice the key has to be left out.
        if not isinstance(chosen, list) or not chosen or any(one not in options for one in chosen):
            yield f"must be among the options [json-pointer:{where}/initial_options]"


def _ticks(element: Json, where: str) -> Problems:
    """Checkboxes and radio buttons."""
    found = list(_options(element.get("options"), f"{where}/options", 10, BOTH))
    yield from found
    if not found:
        yield from _no_url(element["options"], f"{where}/options")
        yield from _initial(element, where, element["options"])


def _overflow(element: Json, where: str) -> Problems:
    found = list(_options(element.get("options"), f"{where}/options", 5))
    yield from found
    if not found and any(len(one.get("url", "")) > 3_000 for one in element["options"]):  # noqa: PLR2004
        yield f"must be less than 3001 characters [json-pointer:{where}/options/url]"


def _timepicker(element: Json, where: str) -> Problems:
    if "initial_time" in element and not TIME.fullmatch(str(element["initial_time"])):
        yield f"must be HH:MM [json-pointer:{where}/initial_time]"


def _plain_text_input(element: Json, where: str) -> Problems:
    least, most = element.get("min_length", 0), element.get("max_length", 3_000)
    if not (isinstance(least, int) and 0 <= least <= 3_000):  # noqa: PLR2004
        yield f"between 0 and 3000 [json-pointer:{where}/min_length]"
    elif not (isinstance(most, int) and 1 <= most <= 3_000):  # noqa: PLR2004
        yield f"between 1 and 3000 [json-pointer:{where}/max_length]"
    elif least > most:
        yield f"must not be more than max_length [json-pointer:{where}/min_length]"
    elif "initial_value" in element:
        value = element["initial_value"]
        if not isinstance(value, str) or not least <= len(value) <= most:
            yield f"between {least} and {most} characters [json-pointer:{where}/initial_value]"


def _number_input(element: Json, where: str) -> Problems:
    decimal = element.get("is_decimal_allowed")
    if not isinstance(decimal, bool):
        yield f"is_decimal_allowed is required [json-pointer:{where}/is_decimal_allowed]"
    pattern = re.compile(r"-?\d+(\.\d+)?" if decimal else r"-?\d+")
    numbers: dict[str, float] = {}
    for key in ("min_value", "initial_value", "max_value"):
        given = element.get(key)
        if key in element and not (isinstance(given, str) and pattern.fullmatch(given)):
            yield f"must be a number as a string [json-pointer:{where}/{key}]"
        elif key in element:
            numbers[key] = float(str(given))
    if list(numbers.values()) != sorted(numbers.values()):
        yield f"must be min_value <= initial_value <= max_value [json-pointer:{where}]"


def _conversations_select(element: Json, where: str) -> Problems:
    chosen = element.get("filter", {"include": ["public"]})
    kinds = {"im", "mpim", "private", "public"}
    known = {"include", "exclude_external_shared_channels", "exclude_bot_users"}
    if not isinstance(chosen, dict) or not chosen or set(chosen) - known:
        yield f"must be a filter [json-pointer:{where}/filter]"
    elif "include" in chosen and (not chosen["include"] or set(chosen["include"]) - kinds):
        yield f"must be some of {sorted(kinds)} [json-pointer:{where}/filter/include]"
    yield from _conversation(element, where, "initial_conversation")


def _channels_select(element: Json, where: str) -> Problems:
    yield from _conversation(element, where, "initial_channel")


def _conversation(element: Json, where: str, key: str) -> Problems:
    if key in element and (not isinstance(element[key], str) or not element[key]):
        yield f"must be an id [json-pointer:{where}/{key}]"


ANYWHERE: Final = frozenset({"section", "actions", "input"})
NO_ACTION: Final = frozenset({"section", "input"})
OUTSIDE: Final = frozenset({"section", "actions"})
INPUT: Final = frozenset({"input"})
FOCUS: Final = frozenset({"focus_on_load"})
PICK: Final = frozenset({"confirm", "placeholder", "focus_on_load"})
TYPED: Final = frozenset(
    {"initial_value", "placeholder", "focus_on_load", "dispatch_action_config"}
)

Check = Callable[[Json, str], Problems]
ELEMENTS: Final[dict[str, tuple[frozenset[str], frozenset[str], Check]]] = {
    "button": (
        OUTSIDE,
        frozenset({"text", "value", "url", "style", "confirm", "accessibility_label"}),
        _button,
    ),
    "overflow": (OUTSIDE, frozenset({"options", "confirm"}), _overflow),
    "static_select": (
        ANYWHERE,
        PICK | {"options", "option_groups", "initial_option"},
        _static_select,
    ),
    "multi_static_select": (
        NO_ACTION,
        PICK | {"options", "option_groups", "initial_options", "max_selected_items"},
        _multi_static_select,
    ),
    "checkboxes": (ANYWHERE, FOCUS | {"options", "initial_options", "confirm"}, _ticks),
    "radio_buttons": (ANYWHERE, FOCUS | {"options", "initial_option", "confirm"}, _ticks),
    "timepicker": (ANYWHERE, PICK | {"initial_time", "timezone"}, _timepicker),
    "plain_text_input": (
        INPUT,
        TYPED | {"multiline", "min_length", "max_length"},
        _plain_text_input,
    ),
    "number_input": (
        INPUT,
        TYPED | {"is_decimal_allowed", "min_value", "max_value"},
        _number_input,
    ),
    "conversations_select": (
        ANYWHERE,
        PICK
        | {
            "initial_conversation",
            "default_to_current_conversation",
            "response_url_enabled",
            "filter",
        },
        _conversations_select,
    ),
    "channels_select": (
        ANYWHERE,
        PICK | {"initial_channel", "response_url_enabled"},
        _channels_select,
    ),
}
"""Where each element may stand, what it may have beside type and action_id, and its check."""
