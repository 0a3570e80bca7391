"""Who looks at the page, and what Slack knows about the names that a text mentions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Viewer:
    """Whose eyes a message is drawn for: Slack prints dates and names by the reader.

    Attributes:
        user: Id of the person who looks.
        zone: Their IANA time zone, in which `<!date>` is printed.
        now: The instant of the page's clock, with a zone.
        users: Id to display name of everybody in the workspace.
        channels: Id to name, without `#`, of the channels.
        locale: How their Slack writes numbers and dates.
    """

    user: str
    zone: str
    now: datetime
    users: Mapping[str, str]
    channels: Mapping[str, str]
    locale: str = "en"
