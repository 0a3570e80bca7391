"""What the bodies of calls and of deliveries look like."""

import json
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

JSON_ARGUMENTS: Final = frozenset({"attachments", "blocks", "metadata", "view"})
FORM: Final = "application/x-www-form-urlencoded"


async def arguments(request: web.Request) -> dict[str, Any]:
    """The parameters of a call: in its address and as a form or as JSON."""
    sent: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        body = await request.json()
        sent |= body if isinstance(body, dict) else {}
    else:
        sent |= {key: str(value) for key, value in (await request.post()).items()}
    return {key: _unpacked(key, value) for key, value in sent.items()}


def _unpacked(key: str, value: Any) -> Any:  # noqa: ANN401 -- JSON is anything
    """slack_sdk sends lists and objects as JSON within a form; a text stays what it is."""
    if key not in JSON_ARGUMENTS or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def body_of(kind: str, payload: dict[str, Any]) -> tuple[str, str]:
    """What Slack would POST, and its content type."""
    match kind:
        case "events_api":
            return json.dumps(payload), "application/json"
        case "interactive":
            return urlencode({"payload": json.dumps(payload)}), FORM
        case _:
            return urlencode(payload), FORM
