"""What people type where a key is asked for."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.tenants.api_key import LONGEST_SECRET, ApiKey, read_secret

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["ca_live_1", "  ca_live_1\n", "a.b-c_d/e+f=", "x" * LONGEST_SECRET]
)
def test_keys(text: str) -> None:
    """Opaque; what a clipboard puts around it goes."""
    assert read_secret(text) == text.strip()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Paste the key here."),
        (" \n\t", "Paste the key here."),
        ("x" * (LONGEST_SECRET + 1), "A key has at most 500 characters."),
        ("xoxb-1-2-secret", "This is a token of Slack's. The key comes from CreatorAudit."),
        ("xoxe.xoxp-1-secret", "This is a token of Slack's. The key comes from CreatorAudit."),
        ("xapp-1-A0-secret", "This is a token of Slack's. The key comes from CreatorAudit."),
        (
            "Bearer secret",
            "A key has no spaces and no other characters than those on a keyboard.",
        ),
        ("sécret", "A key has no spaces and no other characters than those on a keyboard."),
        ("sec\u200bret", "A key has no spaces and no other characters than those on a keyboard."),
        ("sec\nret", "A key has no spaces and no other characters than those on a keyboard."),
    ],
)
def test_what_can_be_none(text: str, sentence: str) -> None:
    """One sentence each, which never repeats what was typed."""
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        read_secret(text)


def test_the_secret_is_in_no_printable_form() -> None:
    """So it can't reach a log by mistake."""
    key = ApiKey("T1", "ca_live_1", "Marketing", "org_1", "U1", NOON)
    assert "ca_live_1" not in f"{key!r} {key} {key.identity}"


def test_identity() -> None:
    """Another person, or another time."""
    key = ApiKey("T1", "s", "n", "o", "U1", NOON)
    assert key.identity == ApiKey("T1", "t", "m", "p", "U1", NOON, NOON, 7).identity
    assert key.identity != ApiKey("T1", "s", "n", "o", "U2", NOON).identity
    assert key.identity != ApiKey("T1", "s", "n", "o", "U1", NOON + timedelta(seconds=1)).identity
