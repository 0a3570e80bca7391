"""The composition root: the only place that knows everyone.

Settings in, opened and connected app out. What was opened is closed in reverse, also when a later
step fails.
"""

from bot.wiring.app import Running, open_app, open_dispatcher, open_subscriptions
from bot.wiring.stores import open_recap, open_sends, open_source, open_stores, policy_of

__all__ = [
    "Running",
    "open_app",
    "open_dispatcher",
    "open_recap",
    "open_sends",
    "open_source",
    "open_stores",
    "open_subscriptions",
    "policy_of",
]
