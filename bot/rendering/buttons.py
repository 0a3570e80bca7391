"""The buttons: their ids, and what is written into and read back from their values."""

import json
from typing import Final

from bot.digest.periods import Period
from bot.digest.preferences import (
    LARGEST_TOP,
    SMALLEST_TOP,
    Ask,
    Metric,
    Platform,
    Preferences,
    Ranking,
)
from bot.errors import Unusable

SHOW: Final = "recap_show"
SHARE: Final = "recap_share"
RECEIPT: Final = "recap_receipt"
SUBSCRIBE: Final = "recap_subscribe"
MANAGE: Final = "recap_manage"
UNSUBSCRIBE: Final = "recap_unsubscribe"
PAUSE: Final = "recap_pause"
RESUME: Final = "recap_resume"
SKIP: Final = "recap_skip"
UNDO_SKIP: Final = "recap_undo_skip"
SEND_NOW: Final = "recap_send_now"
POST_AGAIN: Final = "recap_post_again"
WAY: Final = "recap_way"
"""The menu beside a target; its options say what is to be done."""

CHANGE_KEY: Final = "recap_change_key"
REMOVE_KEY: Final = "recap_remove_key"
KEY_FORM: Final = "recap_key"
"""Callback id of the window in which an admin enters a CreatorAudit key."""

FORM: Final = "recap_subscription"
"""Callback id of the window in which a subscription is set up or changed."""


def show_id(period: Period) -> str:
    """The action id of the button that shows ``period``; ids are unique within a block."""
    return f"{SHOW}_{period}"


def pack(ask: Ask) -> str:
    """``ask`` as the value of a button; what is as it usually is, is left out."""
    chosen = ask.preferences
    fields = {"period": ask.period, "top": chosen.top}
    more = {
        "metrics": chosen.metrics,
        "ranking": chosen.ranking if chosen.ranking is not Preferences().ranking else None,
        "platform": chosen.platform,
    }
    return json.dumps(fields | {name: value for name, value in more.items() if value})


def unpack(value: str) -> Ask:
    """The question behind a button, which may be years old and from an older version.

    A newer version's choice that this one does not know is refused and not left out: the numbers
    of every platform are no answer to a question about one.

    Raises:
        Unusable: The value is none that this version understands.
    """
    try:
        fields = json.loads(value)
        period = Period(fields["period"])
        preferences = Preferences(
            top=min(max(int(fields["top"]), SMALLEST_TOP), LARGEST_TOP),
            metrics=tuple(map(Metric, fields.get("metrics", ()))),
            ranking=Ranking(fields.get("ranking", Preferences().ranking)),
            platform=Platform(fields["platform"]) if "platform" in fields else None,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Unusable(
            "This button is from another version of Recap. Type `/recap` for a fresh one.",
            f"A button's value could not be read ({type(error).__name__}).",
        ) from error
    return Ask(period, preferences)
