"""The page's templates: everything in them is escaped, and a name that nobody gave is an error."""

from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

Json = dict[str, Any]

TEMPLATES: Final = Environment(
    autoescape=True,
    loader=PackageLoader("bot.playground.page"),
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)


def fill(name: str, /, **values: object) -> Markup:
    """The template of this name in ``templates/blocks``, with ``values`` in it."""
    made = TEMPLATES.get_template(f"blocks/{name}.html").render(values)
    return Markup(made)  # noqa: S704 -- the template has escaped it
