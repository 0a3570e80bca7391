"""The CreatorAudit key of one workspace."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

MADE_AT: Final = "https://app.creatoraudit.com/app/api-keys"
"""Where people make keys, switch them on and off, and give them scopes."""


LONGEST_SECRET: Final = 500
"""Characters; CreatorAudit says nothing of the length of its keys, so this is a wide bound."""

SLACK_TOKEN: Final = re.compile(r"(xox[a-z]|xapp)[-.]")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key that CreatorAudit has accepted, and what it says of it; a workspace has one at most.

    Attributes:
        team: Slack's id of the workspace.
        secret: The key itself.
        name: What the key is called at CreatorAudit; empty where it does not say.
        organization: CreatorAudit's id of the organization whose numbers it shows; empty where it
            does not say.
        entered_by: Slack's id of the admin who entered it, and who is told of trouble with it.
        entered_at: When.
        refused_at: Since when CreatorAudit does not take it any more; None while it does.
        version: Counts the changes; whoever changes an old version is refused.
    """

    team: str
    secret: str = field(repr=False)
    name: str
    organization: str
    entered_by: str
    entered_at: datetime
    refused_at: datetime | None = None
    version: int = 0

    @property
    def identity(self) -> str:
        """Changes when a person enters another key, and not when CreatorAudit refuses this one."""
        return f"{self.entered_by} {self.entered_at.isoformat()}"


def read_secret(text: str) -> str:
    """The key in what somebody typed.

    Raises:
        ValueError: It can't be one; the sentence says why and never repeats it.
    """
    secret = text.strip()
    if not secret:
        raise ValueError("Paste the key here.")
    if len(secret) > LONGEST_SECRET:
        raise ValueError(f"A key has at most {LONGEST_SECRET} characters.")
    if SLACK_TOKEN.match(secret):
        raise ValueError("This is a token of Slack's. The key comes from CreatorAudit.")
    if not all("!" <= character <= "~" for character in secret):
        raise ValueError("A key has no spaces and no other characters than those on a keyboard.")
    return secret
