"""What the bot is allowed to do, each with its reason; ``manifest.yml`` asks for the same."""

from typing import Final

SCOPES: Final = {
    "commands": "to receive `/recap`",
    "chat:write": "to post the subscribed recap, and to answer privately where Slack no longer "
    "takes the command's own reply",
    "channels:read": "to check, before a public channel is subscribed, that Recap may post there; "
    "and to hear when it is archived or renamed",
    "groups:read": "the same for private channels, and to show their subscriptions to members only",
    "channels:history": "to look whether a post arrived when Slack's answer was lost, instead of "
    "posting it twice; nothing else is read",
    "groups:history": "the same in private channels",
    "im:history": "the same for messages to the person who set up a subscription",
    "im:write": "to tell that person when something is in the way of a post",
    "users:read": "to offer people their own time zone, and to know who is an admin",
}
