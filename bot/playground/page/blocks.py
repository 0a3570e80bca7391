"""What Slack was sent, as HTML: every block of a message, a window or an App Home."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup

from bot.playground.page.charts import render_chart
from bot.playground.page.elements import Place, is_group, render_element
from bot.playground.page.links import is_target
from bot.playground.page.markup import Json, fill
from bot.playground.page.rich_text import render_rich_text
from bot.playground.page.tables import render_data_table, render_table
from bot.playground.page.texts import render_text, words
from bot.playground.page.viewer import Viewer

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
LEVELS: Final = range(1, 5)
TITLE: Final = "h3"
"""Below the names of the page and of the message or window."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Around one block: who looks, what is chosen in it, and the error below it."""

    viewer: Viewer
    number: int
    error: str | None
    values: Mapping[str, Any]

    def place(self, block: Json, element: Json) -> Place:
        """Where ``element`` stands in ``block``."""
        action = element.get("action_id", "")
        name = block.get("block_id", "")
        return Place(
            self.viewer,
            name,
            self.values.get(action),
            f"bk-{_id(name or str(self.number), action)}",
        )


def _id(*names: str) -> str:
    """An id for a tag: no white space in it, and never the same for other ``names``."""
    return "-".join(quote(name, safe="", errors="replace").replace("-", "%2D") for name in names)


def render_blocks(
    blocks: Sequence[Json],
    viewer: Viewer,
    *,
    errors: Mapping[str, str] = NOTHING,
    values: Mapping[str, Mapping[str, Any]] = NOTHING,
) -> Markup:
    """``blocks`` as ``viewer`` sees them.

    Args:
        blocks: As Slack took them from the app.
        viewer: Whose names, channels and time zone count.
        errors: The sentence under a block, by its ``block_id``.
        values: What is chosen, as in Slack's ``state.values``; what is not there is as the app
            has set it.
    """
    return fill(
        "blocks",
        blocks=[
            _block(block, _scene(block, number, viewer, errors, values))
            for number, block in enumerate(blocks)
        ],
    )


def _scene(
    block: Json,
    number: int,
    viewer: Viewer,
    errors: Mapping[str, str],
    values: Mapping[str, Mapping[str, Any]],
) -> Scene:
    name = block.get("block_id", "")
    return Scene(viewer, number, errors.get(name), values.get(name, NOTHING))


def _block(block: Json, scene: Scene) -> Markup:
    kind = str(block.get("type"))
    if kind == "input":
        return _input(block, scene)
    made = BLOCKS[kind](block, scene) if kind in BLOCKS else _unknown(kind)
    return made + (fill("error", error=scene.error) if scene.error else Markup())


def _unknown(kind: str) -> Markup:
    return fill("unknown", type=kind, what="block")


def _header(block: Json, scene: Scene) -> Markup:
    level = block.get("level", 1)
    tag = f"h{level + 2}" if level in LEVELS else TITLE
    return fill("header", tag=tag, text=render_text(block["text"], scene.viewer))


def _section(block: Json, scene: Scene) -> Markup:
    viewer, beside = scene.viewer, block.get("accessory")
    return fill(
        "section",
        text=render_text(block["text"], viewer) if block.get("text") else None,
        fields=[render_text(field, viewer) for field in block.get("fields", [])],
        accessory=render_element(beside, scene.place(block, beside)) if beside else None,
    )


def _context(block: Json, scene: Scene) -> Markup:
    parts = [
        render_element(one, scene.place(block, one))
        if one.get("type") == "image"
        else render_text(one, scene.viewer)
        for one in block.get("elements", [])
    ]
    return fill("context", parts=parts)


def _actions(block: Json, scene: Scene) -> Markup:
    made = [render_element(one, scene.place(block, one)) for one in block.get("elements", [])]
    return fill("actions", elements=made)


def _image(block: Json, scene: Scene) -> Markup:
    url, title = block.get("image_url", ""), block.get("title")
    return fill(
        "image",
        title=render_text(title, scene.viewer) if title else None,
        url=url if is_target(url) else None,
        alt=block.get("alt_text", ""),
    )


def _input(block: Json, scene: Scene) -> Markup:
    element = block["element"]
    place = scene.place(block, element)
    hint = f"{place.id}-hint" if block.get("hint") else None
    error = f"{place.id}-error" if scene.error else None
    inside = replace(
        place,
        labelled=True,
        described=tuple(one for one in (hint, error) if one),
        invalid=error is not None,
        required=not block.get("optional"),
    )
    return fill(
        "input",
        id=place.id,
        block=place.block,
        dispatch=bool(block.get("dispatch_action")),
        required=inside.required,
        label=words(block["label"]),
        is_group=is_group(element),
        element=render_element(element, inside),
        hint_id=hint,
        hint=render_text(block["hint"], scene.viewer) if hint else None,
        error_id=error,
        error=scene.error,
    )


BLOCKS: Final[dict[str, Callable[[Json, Scene], Markup]]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": lambda *_: Markup("<hr>"),
    "image": _image,
    "rich_text": lambda block, scene: render_rich_text(block, scene.viewer),
    "table": lambda block, scene: render_table(block, scene.viewer),
    "data_table": lambda block, scene: render_data_table(block, scene.viewer),
    "data_visualization": lambda block, scene: render_chart(block, scene.viewer),
}
