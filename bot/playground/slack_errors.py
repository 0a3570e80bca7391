"""How Slack says no to a call."""

from collections.abc import Iterable
from typing import Any, Final

Json = dict[str, Any]
OF_MESSAGES: Final = {
    "no_text": "no_text",
    "msg_too_long": "msg_too_long",
    "msg_blocks_too_long": "msg_blocks_too_long",
    "only_one_table_allowed": "invalid_attachments",
}
"""The code with which Slack refuses a whole message, by its problem."""


class SlackError(Exception):
    """``ok: false``.

    Args:
        error: Slack's code.
        status: The HTTP status of the answer.
        headers: What the answer's head has to say.
        more: What else stands in the answer.
    """

    def __init__(
        self,
        error: str,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        **more: Any,  # noqa: ANN401 -- JSON is anything
    ) -> None:
        super().__init__(error)
        self.status = status
        self.headers = headers or {}
        self.answer: Json = {"ok": False, "error": error, **more}


def refuse(problems: list[str], otherwise: str = "invalid_blocks") -> None:
    """Raise what Slack answers to a message or a view with ``problems``.

    Raises:
        SlackError: There is a problem: its own code if it has one, or ``otherwise``.
    """
    if not problems:
        return
    code = next((OF_MESSAGES[one] for one in problems if one in OF_MESSAGES), otherwise)
    raise SlackError(code, response_metadata={"messages": [f"[ERROR] {one}" for one in problems]})


def missing_scope(needed: str, scopes: Iterable[str]) -> SlackError:
    """What Slack answers when ``needed`` was not granted."""
    return SlackError("missing_scope", needed=needed, provided=",".join(sorted(scopes)))
