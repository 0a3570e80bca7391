"""Windows and App Homes: what views.* and the answer to a submitted window do to them."""

import copy
import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.playground.slack_blocks import check_view
from bot.playground.slack_errors import SlackError, refuse
from bot.playground.slack_state import initial
from bot.playground.slack_workspace import APP

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.playground.slack_teams import Team

Json = dict[str, Any]
STACK: Final = 3


@dataclass
class Trigger:
    """The right to open one window, soon; ``channel`` is where the person was."""

    user: str
    made_at: float
    channel: str | None = None
    used: bool = False


class Views:
    """The views.* methods, over the stand-in's workspace and clock."""

    def __init__(self, team: "Team") -> None:
        self._team = team
        self._triggers: dict[str, Trigger] = {}
        self._opened_in: dict[str, str | None] = {}
        self.methods: dict[str, Callable[[Json], Json]] = {
            "views.open": self._open,
            "views.push": self._push,
            "views.update": self._update,
            "views.publish": self._publish,
        }

    def new_trigger(self, user: str, channel: str | None = None) -> str:
        """A ``trigger_id``."""
        name = f"{uuid.uuid4().hex}.{user}"
        self._triggers[name] = Trigger(user, self._team.now(), channel)
        return name

    def knows(self, sent: Json) -> bool:
        """Whether ``sent`` names a trigger or a view of this workspace."""
        if trigger := sent.get("trigger_id"):
            return trigger in self._triggers
        return any(view["id"] == sent.get("view_id") for view in self._all())

    def _trigger(self, sent: Json) -> Trigger:
        trigger = self._triggers.get(str(sent.get("trigger_id")))
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("trigger_exchanged")
        if self._team.now() - trigger.made_at > self._team.slack.patience:
            raise SlackError("trigger_expired")
        return trigger

    def _open(self, sent: Json) -> Json:
        trigger = self._trigger(sent)
        view = self._checked(sent.get("view"), "modal")
        trigger.used = True
        view = self._new(view, channel=trigger.channel)
        self._opened_in[view["id"]] = trigger.channel
        self._team.workspace.windows.setdefault(trigger.user, []).append(view)
        return {"view": copy.deepcopy(view)}

    def _push(self, sent: Json) -> Json:
        trigger = self._trigger(sent)
        view = self._checked(sent.get("view"), "modal")
        windows = self._team.workspace.windows.get(trigger.user, [])
        if not windows:
            raise SlackError("not_found")
        if len(windows) >= STACK:
            raise SlackError("push_limit_reached")
        trigger.used = True
        windows.append(self._new(view, on=windows[-1]))
        return {"view": copy.deepcopy(windows[-1])}

    def _update(self, sent: Json) -> Json:
        old = self._known(sent)
        new = self._checked(sent.get("view"), old["type"], old)
        _same_hash(sent, old["hash"])
        self._replace(old, new)
        return {"view": copy.deepcopy(old)}

    def _publish(self, sent: Json) -> Json:
        user = str(sent.get("user_id"))
        if user not in self._team.workspace.people:
            raise SlackError("user_not_found")
        old = self._team.workspace.homes.get(user)
        new = self._checked(sent.get("view"), "home", old)
        _same_hash(sent, old["hash"] if old else None)
        if old is None:
            old = self._team.workspace.homes[user] = self._new(new)
        else:
            self._replace(old, new)
        return {"view": copy.deepcopy(old)}

    def _known(self, sent: Json) -> Json:
        key = "id" if sent.get("view_id") else "external_id"
        wanted = sent.get("view_id") or sent.get("external_id")
        for view in self._all():
            if wanted and view[key] == wanted:
                return view
        raise SlackError("not_found")

    def _all(self) -> list[Json]:
        workspace = self._team.workspace
        windows = [view for stack in workspace.windows.values() for view in stack]
        return [*windows, *workspace.homes.values()]

    def _checked(
        self,
        view: Any,  # noqa: ANN401 -- anything may be sent
        kind: str,
        old: Json | None = None,
    ) -> Json:
        """A copy of ``view``, when Slack would take it in the place of ``old``."""
        data_blocks = self._team.workspace.data_blocks
        refuse(check_view(view, data_blocks=data_blocks), "invalid_arguments")
        if view["type"] != kind:
            problem = f"view: must be a {kind} [json-pointer:/view/type]"
            refuse([problem], "invalid_arguments")
        others = {one["external_id"] for one in self._all() if one is not old}
        if view.get("external_id") and view["external_id"] in others:
            raise SlackError("duplicate_external_id")
        return dict(copy.deepcopy(view))

    def _new(self, view: Json, *, on: Json | None = None, channel: str | None = None) -> Json:
        """A view as Slack keeps it, ``on`` another one."""
        name = f"V{uuid.uuid4().hex[:8].upper()}"
        root = on["root_view_id"] if on else name
        channel = self._opened_in.get(root, channel)
        blocks = _named(view["blocks"])
        return {
            "title": None,
            "submit": None,
            "close": None,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            **view,
            "id": name,
            "team_id": self._team.workspace.team,
            "app_id": APP,
            "bot_id": self._team.workspace.bot_id,
            "root_view_id": root,
            "previous_view_id": on["id"] if on else None,
            "blocks": blocks,
            "state": {"values": initial(blocks, channel=channel)},
            "hash": self._hash(),
        }

    def _replace(self, old: Json, view: Json) -> None:
        """Put ``view`` in the place of ``old``, which keeps its identity and what was typed."""
        kept = ("id", "root_view_id", "previous_view_id")
        new = {**self._new(view), **{key: old[key] for key in kept}}
        channel = self._opened_in.get(old["root_view_id"])
        new["state"] = {"values": initial(new["blocks"], old["state"]["values"], channel)}
        old.clear()
        old.update(new)

    def _hash(self) -> str:
        return f"{int(self._team.now())}.{uuid.uuid4().hex[:8]}"

    # What a submitted window's acknowledgement does.

    def follow(self, user: str, view_id: str, answer: str) -> None:
        """Do what the app's ``answer`` to a submission says.

        Raises:
            AssertionError: Slack could not do it, and the person would read of a failure.
        """
        workspace = self._team.workspace
        windows = workspace.windows[user]
        view = next((one for one in windows if one["id"] == view_id), None)
        body = json.loads(answer or '""') or {}
        workspace.window_errors.pop(user, None)
        match body.get("response_action"):
            case None if not body:
                windows[:] = [one for one in windows if one is not view]
            case "clear":
                windows.clear()
            case "errors":
                workspace.window_errors[user] = _errors(view, body.get("errors"))
            case "update" if view:
                self._replace(view, self._answered(body, view))
            case "push" if view and len(windows) < STACK:
                windows.append(self._new(self._answered(body), on=view))
            case _:
                raise AssertionError(f"Slack can't follow {body} with {len(windows)} windows")

    def _answered(self, body: Json, old: Json | None = None) -> Json:
        try:
            return self._checked(body.get("view"), "modal", old)
        except SlackError as error:
            raise AssertionError(f"Slack refuses the view: {error.answer}") from error


def _named(blocks: list[Json]) -> list[Json]:
    """Slack names the blocks that the app did not name."""
    return [{"block_id": uuid.uuid4().hex[:5], **block} for block in blocks]


def _same_hash(sent: Json, current: str | None) -> None:
    if sent.get("hash") and sent["hash"] != current:
        raise SlackError("hash_conflict")


def _errors(view: Json | None, errors: Any) -> dict[str, str]:  # noqa: ANN401 -- anything may come
    """The sentences under the inputs; Slack shows none under any other block."""
    inputs = {
        one["block_id"] for one in (view or {"blocks": []})["blocks"] if one["type"] == "input"
    }
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise AssertionError(f"errors must name input blocks, one of {sorted(inputs)}: {errors}")
    if not all(isinstance(one, str) and one for one in errors.values()):
        raise AssertionError(f"errors must be sentences: {errors}")
    return errors
