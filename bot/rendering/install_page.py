"""The pages around installing Recap: where it begins, and what came of it."""

from html import escape
from typing import Final
from urllib.parse import quote

from bot.rendering.names import one_line
from bot.tenants.installation import Installation

CONTENT_SECURITY_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""For the header: a page of ours loads nothing and runs nothing."""

STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.5rem}"
    "a.button{display:inline-block;padding:.6rem 1.2rem;border-radius:.4rem;background:#1d3557;"
    "color:#fff;text-decoration:none;font-weight:600}"
    "a.button:focus-visible{outline:3px solid #e9c46a;outline-offset:2px}"
)

HOME_NEXT: Final = (
    "One thing is left: open Recap in Slack, and under Home enter the CreatorAudit key whose "
    "numbers your channels shall see. Only admins can."
)


def begin_page(authorize_url: str) -> str:
    """Where installing begins."""
    return _page(
        "Add Recap to Slack",
        "Recap posts your CreatorAudit numbers to the channels that ask for them. Slack shows you "
        "what Recap may do before anything is installed.",
        link=(authorize_url, "Add to Slack"),
    )


def done_page(installation: Installation, lacking: tuple[str, ...]) -> str:
    """It is installed, and what comes next."""
    name = one_line(installation.name)
    lines = [HOME_NEXT, "After that, type /recap in any channel."]
    if lacking:
        lines.append(
            f"Slack did not grant Recap everything that it asks for. Without {', '.join(lacking)} "
            "some of it won't work: begin once more to grant that, too."
        )
    link = (_slack_link(installation), "Open Recap in Slack")
    return _page(f"Recap is installed in {name}", *lines, link=link)


def failed_page(sentence: str, install_url: str) -> str:
    """It is not installed, and why."""
    return _page("Recap was not installed", sentence, link=(install_url, "Begin again"))


def _slack_link(installation: Installation) -> str:
    """Opens Recap's Home in Slack (docs.slack.dev, /interactivity/deep-linking)."""
    team = "" if installation.is_org else f"&team={quote(installation.id)}"
    return f"slack://app?id={quote(installation.app)}{team}&tab=home"


def _page(title: str, *lines: str, link: tuple[str, str]) -> str:
    address, label = link
    said = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>"
        f"<h1>{escape(title)}</h1>{said}"
        f'<p><a class="button" href="{escape(address)}">{escape(label)}</a></p>'
        "</main></body></html>\n"
    )
