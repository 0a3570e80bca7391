"""The CreatorAudit key of one workspace."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

MADE_AT: Final = "https://app.creatoraudit.com/app/api-keys"
"""Where people make keys, switch them on and off, and give them scopes."""


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
