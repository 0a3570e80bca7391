"""Buttons, selects and inputs as native controls that say whose they are.

The outermost tag of each carries ``data-action``, ``data-block`` and ``data-type``. Ticks, radio
buttons and selects of several options are groups of inputs; the group carries them.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from bot.playground.page.links import is_target
from bot.playground.page.markup import Json, fill
from bot.playground.page.texts import render_text, words
from bot.playground.page.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element stands.

    Attributes:
        viewer: Who looks.
        block: Id of its block; empty where the block has none.
        state: What is chosen in it, as in Slack's ``state.values``; None where nobody knows.
        id: Prefix of the ids of its tags, unique on the page.
        labelled: Whether a label stands above it, as in an input.
        described: Ids of the hint and the error below it.
        invalid: Whether there is an error.
        required: Whether it may not be left empty.
    """

    viewer: Viewer
    block: str
    state: Mapping[str, Any] | None
    id: str
    labelled: bool = False
    described: tuple[str, ...] = ()
    invalid: bool = False
    required: bool = False

    def value(self, key: str, initial: Any) -> Any:  # noqa: ANN401 -- whatever Slack holds
        """What is chosen, or ``initial`` where no state says so."""
        return self.state[key] if self.state is not None and key in self.state else initial


def render_element(element: Json, place: Place) -> Markup:
    """One interactive element, or an image beside a text."""
    kind = str(element.get("type"))
    made = ELEMENTS.get(kind)
    return made(element, place) if made else fill("unknown", type=kind, what="element")


def is_group(element: Json) -> bool:
    """Whether the element is several inputs, which share a label."""
    return element.get("type") in GROUPS


def _own(element: Json, place: Place) -> Json:
    """What the page has to know of every element."""
    return {
        "data-action": element.get("action_id", ""),
        "data-block": place.block,
        "data-type": element["type"],
        "data-confirm": _confirm(element.get("confirm")),
    }


def _confirm(confirm: Json | None) -> str | None:
    if not confirm:
        return None
    asked = {key: words(confirm.get(key)) for key in ("title", "text", "confirm", "deny")}
    if "style" in confirm:
        asked["style"] = confirm["style"]
    return json.dumps(asked, ensure_ascii=False)


def _control(element: Json, place: Place, label: str = "") -> Json:
    """The attributes of a control that is a single tag."""
    return {
        "id": place.id,
        "name": place.id,
        **_own(element, place),
        **_state(place),
        "aria-label": None if place.labelled else label or words(element.get("placeholder")),
        "required": "" if place.required else None,
        "autofocus": "" if element.get("focus_on_load") else None,
    }


def _state(place: Place) -> Json:
    return {
        "aria-describedby": " ".join(place.described) or None,
        "aria-invalid": "true" if place.invalid else None,
    }


def _button(element: Json, place: Place) -> Markup:
    url = element.get("url", "")
    is_link = is_target(url)
    attributes = {
        **({"href": url, "target": "_blank", "rel": "noopener noreferrer"} if is_link else {}),
        "class": f"bk-button bk-{element.get('style', 'default')}",
        **_own(element, place),
        "data-value": element.get("value", ""),
        "aria-label": element.get("accessibility_label"),
    }
    text = render_text(element["text"], place.viewer)
    return fill("button", attributes=attributes, text=text, is_link=is_link)


def _image(element: Json, _place: Place) -> Markup:
    url = element.get("image_url", "")
    return fill("picture", url=url if is_target(url) else None, alt=element.get("alt_text", ""))


@dataclass(frozen=True, slots=True)
class _Option:
    value: str
    text: str | Markup
    chosen: bool
    description: str | Markup = ""
    url: str | None = None


def _options(options: Iterable[Json], chosen: Iterable[str]) -> list[_Option]:
    kept = set(chosen)
    return [
        _Option(one["value"], words(one["text"]), one["value"] in kept, url=one.get("url"))
        for one in options
    ]


def _values(options: Iterable[Json | None]) -> list[str]:
    return [one["value"] for one in options if one]


def _static_select(element: Json, place: Place) -> Markup:
    chosen = _values([place.value("selected_option", element.get("initial_option"))])
    groups = [
        (words(group["label"]), _options(group["options"], chosen))
        for group in element.get("option_groups", [])
    ]
    return _select(element, place, _options(element.get("options", []), chosen), groups)


def _select(
    element: Json,
    place: Place,
    options: list[_Option],
    groups: Iterable[tuple[str, list[_Option]]] = (),
) -> Markup:
    """A select; where nothing is chosen, or nothing need be, there is an empty choice."""
    groups = list(groups)
    every = [*options, *(one for _, members in groups for one in members)]
    chosen = any(one.chosen for one in every)
    hint = words(element.get("placeholder")) or "Select an option"
    return fill(
        "select",
        attributes=_control(element, place, hint),
        empty=None if chosen and (place.required or not place.labelled) else hint,
        options=options,
        groups=groups,
    )


def _named(
    names: Mapping[str, str], sign: str, key: str, initial: str
) -> Callable[[Json, Place], Markup]:
    def made(element: Json, place: Place) -> Markup:
        chosen = place.value(key, element.get(initial))
        options = [_Option(one, f"{sign}{name}", one == chosen) for one, name in names.items()]
        return _select(element, place, options)

    return made


def _of_channels(key: str) -> Callable[[Json, Place], Markup]:
    return lambda element, place: _named(
        place.viewer.channels, "#", f"selected_{key}", f"initial_{key}"
    )(element, place)


def _of_users(element: Json, place: Place) -> Markup:
    return _named(place.viewer.users, "@", "selected_user", "initial_user")(element, place)


def _overflow(element: Json, place: Place) -> Markup:
    attributes = _control(element, place, "More actions") | {"class": "bk-overflow"}
    options = _options(element["options"], ())
    return fill("select", attributes=attributes, empty="⋯", options=options, groups=[])


def _several(element: Json, place: Place, kind: str, chosen: list[str]) -> Markup:
    """A group of ticks or radio buttons."""
    groups = element.get("option_groups", [])
    offered = [*element.get("options", []), *(one for group in groups for one in group["options"])]
    viewer = place.viewer
    options = [
        _Option(
            one["value"],
            render_text(one["text"], viewer),
            one["value"] in chosen,
            render_text(one["description"], viewer) if one.get("description") else "",
        )
        for one in offered
    ]
    attributes = {
        "class": f"bk-group bk-{kind}",
        "role": "radiogroup" if kind == "radio" else "group",
        "id": place.id,
        **_own(element, place),
        "aria-labelledby": f"{place.id}-label" if place.labelled else None,
        "aria-label": None if place.labelled else words(element.get("placeholder")) or "Options",
        "aria-describedby": " ".join(place.described) or None,
        "aria-invalid": "true" if place.invalid and kind == "radio" else None,
        **(_order(element, chosen) if kind == "multi" else {}),
    }
    return fill(
        "group",
        attributes=attributes,
        options=options,
        kind="radio" if kind == "radio" else "checkbox",
        name=place.id,
        required=place.required and kind == "radio",
        invalid=place.invalid and kind != "radio",
        empty=words(element.get("placeholder")) if kind == "multi" else "",
    )


def _order(element: Json, chosen: list[str]) -> Json:
    """Slack keeps the order in which the options of a multi-select were chosen."""
    order = json.dumps(chosen, ensure_ascii=False)
    return {"data-order": order, "data-most": element.get("max_selected_items")}


def _ticks(kind: str) -> Callable[[Json, Place], Markup]:
    def made(element: Json, place: Place) -> Markup:
        chosen = place.value("selected_options", element.get("initial_options"))
        return _several(element, place, kind, _values(chosen or []))

    return made


def _radio(element: Json, place: Place) -> Markup:
    chosen = place.value("selected_option", element.get("initial_option"))
    return _several(element, place, "radio", _values([chosen]))


def _typed(kind: str, key: str, initial: str, name: str) -> Callable[[Json, Place], Markup]:
    """An ``<input>`` of its own type; ``name`` is what it is called without a label."""

    def made(element: Json, place: Place) -> Markup:
        value = place.value(key, element.get(initial))
        label = words(element.get("placeholder")) or name
        attributes = {
            **_control(element, place, label),
            "placeholder": words(element.get("placeholder")) or None,
            "type": kind,
            "value": value if value is not None else "",
            **_bounds(element),
        }
        return fill("typed", attributes=attributes, zone=element.get("timezone"))

    return made


def _bounds(element: Json) -> Json:
    step = None
    if element["type"] == "number_input":
        step = "any" if element.get("is_decimal_allowed") else "1"
    return {
        "step": step,
        "min": element.get("min_value"),
        "max": element.get("max_value"),
        "minlength": element.get("min_length"),
        "maxlength": element.get("max_length"),
    }


def _plain_text_input(element: Json, place: Place) -> Markup:
    if not element.get("multiline"):
        return _typed("text", "value", "initial_value", "Text")(element, place)
    attributes = {
        **_control(element, place, words(element.get("placeholder")) or "Text"),
        "placeholder": words(element.get("placeholder")) or None,
        "rows": 4,
        **_bounds(element),
    }
    value = place.value("value", element.get("initial_value")) or ""
    return fill("lines", attributes=attributes, value=value)


GROUPS: Final = frozenset({"checkboxes", "radio_buttons", "multi_static_select"})
ELEMENTS: Final[dict[str, Callable[[Json, Place], Markup]]] = {
    "button": _button,
    "channels_select": _of_channels("channel"),
    "checkboxes": _ticks("checks"),
    "conversations_select": _of_channels("conversation"),
    "datepicker": _typed("date", "selected_date", "initial_date", "Date"),
    "email_text_input": _typed("email", "value", "initial_value", "Mail address"),
    "image": _image,
    "multi_static_select": _ticks("multi"),
    "number_input": _typed("number", "value", "initial_value", "Number"),
    "overflow": _overflow,
    "plain_text_input": _plain_text_input,
    "radio_buttons": _radio,
    "static_select": _static_select,
    "timepicker": _typed("time", "selected_time", "initial_time", "Time"),
    "url_text_input": _typed("url", "value", "initial_value", "Address"),
    "users_select": _of_users,
}
