"""Addresses as people type and paste them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.subscriptions.targets import Target, TargetKind, identity, masked, parse_target

HOOK = "https://chat.example.com/hooks/abcdefghijklmnopqrstuvwxyz"
SLACK = "https://hooks.slack.com/services/T0001/B0001/XXXXXXXXXXXXXXXXwxyz"
DISCORD = "https://discord.com/api/webhooks/4711/XXXXXXXXXXXXXXXX-wxyz"
TEAMS = (
    "https://prod-07.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=XXXXXXXXwxyz"
)
POWER = (
    "https://default1.2.environment.api.powerplatform.com/powerautomate/automations/direct/"
    "workflows/1/triggers/manual/paths/invoke?api-version=1&sig=XXXXXXXXwxyz"
)
OWN = frozenset({"chat", "10.0.0.5", "::1"})

BEGIN = "The address must begin with https://."
IMPOSSIBLE = "The host or the port in the address is not a possible one."
HOLDS = "The address holds something that no address has; copy it again."
NEITHER = (
    "A target is an address that begins with https://, or an e-mail address such as "
    "name@example.com."
)
KINDS = "Before the + of a target stands one of webhook, json, slack, mattermost, discord, teams."


@pytest.mark.parametrize(
    ("typed", "kind", "address"),
    [
        (SLACK, TargetKind.SLACK_WEBHOOK, SLACK),
        (
            "https://hooks.slack-gov.com/services/T1/B1/X",
            TargetKind.SLACK_WEBHOOK,
            "https://hooks.slack-gov.com/services/T1/B1/X",
        ),
        (DISCORD, TargetKind.DISCORD, DISCORD),
        (
            "https://ptb.discord.com/api/v10/webhooks/1/a?thread_id=2",
            TargetKind.DISCORD,
            "https://ptb.discord.com/api/v10/webhooks/1/a?thread_id=2",
        ),
        (TEAMS, TargetKind.TEAMS, TEAMS),
        (POWER.replace(".com/", ".com:443/"), TargetKind.TEAMS, POWER),
        (HOOK, TargetKind.MATTERMOST, HOOK),
        (
            "https://example.com/chat/hooks/abcdefghijklmnopqrstuvwxyz",
            TargetKind.MATTERMOST,
            "https://example.com/chat/hooks/abcdefghijklmnopqrstuvwxyz",
        ),
        ("https://example.com/in", TargetKind.WEBHOOK, "https://example.com/in"),
        ("  HTTPS://Example.COM:443  ", TargetKind.WEBHOOK, "https://example.com/"),
        (
            "https://example.com:8443/a?b=c+d",
            TargetKind.WEBHOOK,
            "https://example.com:8443/a?b=c+d",
        ),
        ("https://example.com./a", TargetKind.WEBHOOK, "https://example.com/a"),
        ("https://xn--bcher-kva.example/", TargetKind.WEBHOOK, "https://xn--bcher-kva.example/"),
        ("https://93.184.215.14/a", TargetKind.WEBHOOK, "https://93.184.215.14/a"),
        ("https://[2606:4700::1111]:8443/", TargetKind.WEBHOOK, "https://[2606:4700::1111]:8443/"),
        ("mattermost+https://example.com/x", TargetKind.MATTERMOST, "https://example.com/x"),
        ("JSON+https://example.com/x", TargetKind.JSON, "https://example.com/x"),
        ("webhook+" + SLACK, TargetKind.WEBHOOK, SLACK),
        ("discord+https://proxy.example.com/x", TargetKind.DISCORD, "https://proxy.example.com/x"),
        ("ana.lima+recap@example.com", TargetKind.EMAIL, "ana.lima+recap@example.com"),
        ("Ana@Mail.EXAMPLE.com", TargetKind.EMAIL, "Ana@mail.example.com"),
        ("Ana Lima <ana@example.com>", TargetKind.EMAIL, "ana@example.com"),
        ("ana@bücher.example", TargetKind.EMAIL, "ana@xn--bcher-kva.example"),
    ],
)
def test_what_people_name(typed: str, kind: TargetKind, address: str) -> None:
    """The kind follows from the address, or is said before it."""
    assert parse_target(typed) == Target(kind, address)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("http://chat/hooks/x", "http://chat/hooks/x"),
        ("https://chat:8065/hooks/x", "https://chat:8065/hooks/x"),
        ("http://CHAT:80/x", "http://chat/x"),
        ("http://10.0.0.5/x", "http://10.0.0.5/x"),
        ("http://[::1]:8065/x", "http://[::1]:8065/x"),
    ],
)
def test_own_hosts(typed: str, address: str) -> None:
    """Whoever runs Recap may name hosts of their own network, and reach them by http."""
    assert parse_target(typed, OWN) == Target(TargetKind.WEBHOOK, address)
    with pytest.raises(ValueError, match=r"\."):
        parse_target(typed.replace("https", "http"))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", NEITHER),
        ("example.com/hook", NEITHER),
        ("ana@", NEITHER),
        ("ana@localhost", NEITHER),
        ("ana@example.com, ben@example.com", NEITHER),
        ("Ana <ana@example.com", NEITHER),
        ("ana@example.com\nBcc: ben@example.com", NEITHER),
        ("ana\r@example.com", NEITHER),
        ("ana@example.com\u2028x", NEITHER),
        ("ana..lima@example.com", NEITHER),
        ('"ana lima"@example.com', NEITHER),
        ("ana@-example.com", NEITHER),
        ("ana@example.com.", NEITHER),
        ("ána@example.com", NEITHER),
        ("a" * 65 + "@example.com", NEITHER),
        ("a@" + "b." * 126 + "com", NEITHER),
        ("http://example.com/", BEGIN),
        ("ftp://example.com/", BEGIN),
        ("file:///etc/passwd", BEGIN),
        ("http://chat.other/x", BEGIN),
        ("https://other/x", IMPOSSIBLE),
        ("https://localhost/", IMPOSSIBLE),
        ("https:///x", IMPOSSIBLE),
        ("https://example..com/", IMPOSSIBLE),
        ("https://-example.com/", IMPOSSIBLE),
        ("https://example.com:0/", IMPOSSIBLE),
        ("https://example.com:65536/", IMPOSSIBLE),
        ("https://example.com:x/", IMPOSSIBLE),
        ("https://[::1/", IMPOSSIBLE),
        ("https://[fe80::1%25eth0]/", IMPOSSIBLE),
        ("https://2130706433/", IMPOSSIBLE),
        ("https://0x7f000001/", IMPOSSIBLE),
        ("https://0x7f.1/", IMPOSSIBLE),
        ("https://127.1/", IMPOSSIBLE),
        ("https://0177.0.0.1/", IMPOSSIBLE),
        ("https://127.0.0.0x1/", IMPOSSIBLE),
        ("https://" + "a" * 64 + ".com/", IMPOSSIBLE),
        ("https://user:password@example.com/", "The address must not hold a user or a password."),
        ("https://example.com@10.0.0.1/", "The address must not hold a user or a password."),
        ("https://example.com/#10.0.0.1", "The address must not hold a #."),
        ("https://example.com/#", "The address must not hold a #."),
        ("https://example.com/a b", HOLDS),
        ("https://example.com/a\r\nHost: x", HOLDS),
        ("https://example.com\\@10.0.0.1/", HOLDS),
        ("https://example.com/\x00", HOLDS),
        ("https://exämple.com/", HOLDS),
        ("https://①②⑦.0.0.1/", HOLDS),
        ("https://example.com/" + "a" * 2_048, HOLDS),
        ("email+https://example.com/", KINDS),
        ("irc+https://example.com/", KINDS),
        ("+https://example.com/", KINDS),
        (
            "https://hooks.slack.com/triggers/T1/1/x",
            "That is the address of a Slack workflow: create an incoming webhook instead.",
        ),
        (
            "https://discord.com/channels/1/2",
            "That is no address of a Discord webhook: copy it under Integrations → Webhooks.",
        ),
        (
            DISCORD + "/slack",
            "That is no address of a Discord webhook: copy it under Integrations → Webhooks.",
        ),
    ],
)
def test_what_names_no_target(typed: str, sentence: str) -> None:
    """One sentence that says what to do, and never repeats a secret."""
    with pytest.raises(ValueError, match=r".") as caught:
        parse_target(typed, OWN)
    assert str(caught.value) == sentence


@given(st.text())
def test_anything_typed(text: str) -> None:
    """A target or a sentence; never anything that ends a header or a log's line."""
    for typed in (text, f"https://{text}", f"https://example.com/{text}", f"{text}@example.com"):
        target: Target | None = None
        with suppress(ValueError):
            target = parse_target(typed, OWN)
        if target is None:
            continue
        assert target.address.isascii()
        assert target.address.isprintable()
        assert " " not in target.address
        assert parse_target(target.address, OWN).address == target.address


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        (parse_target(SLACK), "hooks.slack.com/…wxyz"),
        (parse_target(DISCORD), "discord.com/…wxyz"),
        (parse_target(TEAMS), "prod-07.westeurope.logic.azure.com/…wxyz"),
        (parse_target("https://example.com:8443/in"), "example.com:8443/…"),
        (parse_target("https://example.com/"), "example.com/…"),
        (parse_target("mia.chen@example.com"), "m…@example.com"),
    ],
)
def test_masked(target: Target, shown: str) -> None:
    """Enough to tell two apart, and not enough to post anything."""
    assert masked(target) == shown


def test_host() -> None:
    """Without the port, and for mail what follows the @."""
    assert parse_target("https://example.com:8443/in").host == "example.com"
    assert parse_target("mia@example.com").host == "example.com"


def test_identity() -> None:
    """The same for the same target of the same owner only; the address can't be read from it."""
    one = identity(parse_target(HOOK), "key")
    assert one == identity(parse_target(f" {HOOK} "), "key")
    others = {
        identity(parse_target(HOOK), "other"),
        identity(parse_target(f"json+{HOOK}"), "key"),
        identity(parse_target(SLACK), "key"),
    }
    assert len(others | {one}) == 4
    assert len(one) == 32
