"""The CreatorAudit key of a workspace, in words; the key itself stands in none of them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.rendering import buttons, mrkdwn
from bot.rendering.blocks import SlackMessage
from bot.rendering.contact import notice
from bot.rendering.limits import (
    OPTION_TEXT,
    VIEW_TITLE,
    Block,
    actions,
    button,
    confirm,
    plain_text,
    sections,
)
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.tenants.api_key import LONGEST_SECRET, MADE_AT, ApiKey

LONGEST_NAME: Final = 80
TITLE: Final = "CreatorAudit key"
INPUT: Final = "key"
"""The block id of the input: Slack keeps what was typed while it stays the same."""

VALUE: Final = "value"
WITHOUT_WRITE: Final = (
    "This key may only read, so these parts are left out of every recap until it gets the scope "
    "`write` at CreatorAudit"
)
PARTS: Final = "movers, likes, comments, shares, top videos"
OVERTAKEN: Final = "Somebody has entered a key meanwhile"
NONE_FOR_ADMINS: Final = (
    f"Recap needs a CreatorAudit key to show numbers here. Make one at <{MADE_AT}> and enter it."
)
EXPLAINED: Final = (
    (
        f"Make a key at <{MADE_AT}>, with the scopes `read` and `write`. Recap only reads; "
        "CreatorAudit asks for `write` where it counts likes, comments and shares."
    ),
    (
        "It is checked before it is kept. It is stored encrypted and shown to nobody, not even to "
        "you; everybody sees its name and its organization."
    ),
)
NONE: Final = (
    "Recap has no CreatorAudit key for this workspace yet. An admin of the workspace enters one "
    "here, in their own Home of Recap."
)


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """What somebody sees of the key of their workspace; ``is_admin`` may change it."""

    key: ApiKey | None
    is_admin: bool


@dataclass(frozen=True, slots=True)
class About:
    """What the window is about; it travels in its ``private_metadata``.

    Attributes:
        seen: The ``identity`` of the key that was there when it was drawn, empty for none.
        organization: The other organization that it asks about; empty where it asks about none.
    """

    seen: str = ""
    organization: str = ""


def named(key: ApiKey) -> str:
    """``the key “Marketing” of the organization org_1``, in mrkdwn."""
    return f"the key {_named(key.name, key.organization)}"


def _named(name: str, organization: str) -> str:
    called = f"“{mrkdwn.literal(one_line(name, LONGEST_NAME))}”" if name else "without a name"
    whose = mrkdwn.inline_code(one_line(organization, LONGEST_NAME)) if organization else ""
    return f"{called} of the organization {whose}" if whose else called


# The Home


def section(standing: KeyStanding, numbers: Numbers) -> Iterator[Block]:
    """The key in the Home, and what can be done with it."""
    key = standing.key
    if key is None:
        yield from sections([NONE_FOR_ADMINS if standing.is_admin else NONE])
    else:
        yield from sections(list(_lines(key, standing, numbers)))
    if standing.is_admin:
        yield actions(list(_buttons(key))) | {"block_id": "key_row"}


def _lines(key: ApiKey, standing: KeyStanding, numbers: Numbers) -> Iterator[str]:
    when = mrkdwn.moment(key.entered_at, numbers.moment(key.entered_at))
    entered = f"entered by {_person(key.entered_by)} on {when}"
    yield f"Key {_named(key.name, key.organization)}, {entered}."
    if key.refused_at is not None:
        since = mrkdwn.moment(key.refused_at, numbers.moment(key.refused_at))
        yield (
            f"CreatorAudit has refused it since {since}. Posts wait until it works again or an "
            "admin enters another one."
        )
    if not standing.is_admin:
        yield f"Ask {_person(key.entered_by)} or another admin of this workspace to change it."


def _person(user: str) -> str:
    return f"<@{mrkdwn.escape(user)}>"


def _buttons(key: ApiKey | None) -> Iterator[Block]:
    if key is None:
        yield button("Enter key", buttons.CHANGE_KEY, "-") | {"style": "primary"}
        return
    yield button("Change key", buttons.CHANGE_KEY, "-")
    question = confirm(
        "Remove the key?",
        "Nobody in this workspace sees numbers any more, and posts wait until an admin enters "
        "another key.",
        "Remove",
    )
    yield button("Remove", buttons.REMOVE_KEY, key.identity, label="Remove the key") | {
        "style": "danger",
        "confirm": question,
    }


# The window


def form(about: About, note: str | None = None) -> Block:
    """The window for a key; ``note``, in mrkdwn, says at its top why it is shown once more."""
    text: Block = {
        "type": "plain_text_input",
        "action_id": VALUE,
        "max_length": LONGEST_SECRET,
        "placeholder": plain_text("Paste the key", OPTION_TEXT),
        "focus_on_load": True,
    }
    return {
        "type": "modal",
        "callback_id": buttons.KEY_FORM,
        "private_metadata": json.dumps({"seen": about.seen, "organization": about.organization}),
        "title": plain_text(TITLE, VIEW_TITLE),
        "submit": plain_text("Use it" if about.organization else "Check and save", VIEW_TITLE),
        "close": plain_text("Cancel", VIEW_TITLE),
        "blocks": [
            *sections([f":warning: {note}"] if note else []),
            *sections(EXPLAINED),
            {
                "type": "input",
                "block_id": INPUT,
                "label": plain_text(TITLE, OPTION_TEXT),
                "element": text,
            },
        ],
    }


def about(metadata: str) -> About:
    """What a window was about."""
    fields = json.loads(metadata)
    return About(str(fields["seen"]), str(fields["organization"]))


def typed(values: Mapping[str, Mapping[str, Any]]) -> str:
    """What was put into the window, from its ``state.values``."""
    return str(values.get(INPUT, {}).get(VALUE, {}).get("value") or "")


def overtaken(key: ApiKey | None) -> str:
    """Somebody was faster."""
    if key is None:
        return "Somebody has removed the key meanwhile. Send this off again to enter yours."
    return f"{OVERTAKEN}: {named(key)}. Send this off again to put yours in its place."


def foreign(key: ApiKey, name: str, organization: str) -> str:
    """A key of another organization than the one before: a question."""
    return (
        f"This is the key {_named(name, organization)}. Until now this workspace saw another one: "
        f"{named(key)}. All channels will see other numbers, and trends begin anew. Is that right?"
    )


def checking() -> Block:
    """While CreatorAudit is asked."""
    return _window("CreatorAudit is asked about the key …")


def kept(key: ApiKey, *, may_write: bool, woken: int) -> Block:
    """It is in use."""
    lines = [f"Recap uses {named(key)} from now on."]
    if not may_write:
        lines.append(f"{WITHOUT_WRITE}: {PARTS}.")
    if woken:
        posts = "The post that has" if woken == 1 else f"The {woken} posts that have"
        lines.append(f"{posts} waited for it will be sent now.")
    return _window(*lines)


def removed(key: ApiKey) -> SlackMessage:
    """It is gone."""
    line = f"Recap has forgotten {named(key)}. Posts wait until an admin enters another one."
    return SlackMessage(line, list(sections([line])))


def _window(*lines: str) -> Block:
    return {
        "type": "modal",
        "title": plain_text(TITLE, VIEW_TITLE),
        "close": plain_text("Close", VIEW_TITLE),
        "blocks": list(sections(lines)),
    }


# What whoever entered it is told


def refused(key: ApiKey, why: str) -> SlackMessage:
    """CreatorAudit does not take it any more."""
    return notice(
        f"Recap can show no numbers in this workspace with {named(key)}. {mrkdwn.escape(why)}",
        "Posts wait, and come late once it works again or you enter another one.",
        button("Change key", buttons.CHANGE_KEY, "-"),
    )
