"""People, channels and everybody: names that Slack draws with a background of their own."""

from markupsafe import Markup

from bot.playground.page.viewer import Viewer


def user(name: str, viewer: Viewer, label: str = "") -> Markup:
    """A person by the name that the workspace knows."""
    kind = "bk-mention bk-mention-me" if name == viewer.user else "bk-mention"
    return Markup('<span class="{}">@{}</span>').format(
        kind, viewer.users.get(name) or label or name
    )


def channel(name: str, viewer: Viewer, label: str = "") -> Markup:
    """A channel by its name; a stranger to the viewer is private to others."""
    known = viewer.channels.get(name) or label
    if not known:
        return Markup('<span class="bk-mention">🔒 private channel</span>')
    return Markup('<span class="bk-mention" data-channel="{}">#{}</span>').format(name, known)


def broadcast(name: str) -> Markup:
    """Everybody at once: ``@channel``, ``@here`` or ``@everyone``."""
    return Markup('<span class="bk-mention bk-mention-me">@{}</span>').format(name)


def group(name: str, label: str = "") -> Markup:
    """A group of people."""
    return Markup('<span class="bk-mention">@{}</span>').format(label.lstrip("@") or name)
