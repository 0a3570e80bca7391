"""The mail server, as an operator names it."""

import re

import pytest

from bot.posting.smtp import Security, SmtpServer, smtp_server


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", SmtpServer("mail.example.com", 587)),
        (
            "smtp://u:p@mail.example.com:2525/?starttls=required",
            SmtpServer("mail.example.com", 2525, Security.STARTTLS, "u", "p"),
        ),
        (
            "smtps://ana%40example.com:p%2Fw@mail.example.com",
            SmtpServer("mail.example.com", 465, Security.TLS, "ana@example.com", "p/w"),
        ),
        ("smtp://relay:2525?starttls=never", SmtpServer("relay", 2525, Security.NONE)),
        ("smtp://relay?starttls=never", SmtpServer("relay", 25, Security.NONE)),
        ("smtps://büro.example", SmtpServer("xn--bro-hoa.example", 465, Security.TLS)),
        ("smtp://[::1]:2525", SmtpServer("::1", 2525)),
    ],
)
def test_possible(url: str, server: SmtpServer) -> None:
    """Encryption is what is meant where nothing is said."""
    assert smtp_server(url) == server


FORM = "it must be smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465"
HOST = "the host in it is not a possible one"
PORT = "the port in it is no number from 1 to 65535"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mail.example.com", FORM),
        ("https://mail.example.com", FORM),
        ("smtp://", FORM),
        ("smtp://u:p@:587", FORM),
        ("smtp://mail.example.com/path", FORM),
        ("smtp://mail.example.com#x", FORM),
        ("smtp://[::1", HOST),
        ("smtp://mail..example.com", HOST),
        ("smtp://mail example.com", HOST),
        ("smtp://mail.example.com:0", PORT),
        ("smtp://mail.example.com:99999", PORT),
        ("smtp://mail.example.com:x", PORT),
        ("smtp://u:p/w@h", "a /, ? or # in the password must be written as %2F, %3F or %23"),
        ("smtp://u:p?w@h", "a /, ? or # in the password must be written as %2F, %3F or %23"),
        ("smtp://u:p#w@h", "a /, ? or # in the password must be written as %2F, %3F or %23"),
        ("smtp://u@h", "a user needs a password, and a password a user"),
        ("smtp://:p@h", "a user needs a password, and a password a user"),
        (
            "smtp://u:a%0D%0Ab@h",
            "the user or the password in it holds a character that can't be seen",
        ),
        (
            "smtp://u:p@h?starttls=never",
            "a password can't be sent without encryption; leave out starttls=never",
        ),
        ("smtp://h?starttls=maybe", "only starttls=required or starttls=never may follow its ?"),
        ("smtp://h?tls=no", "only starttls=required or starttls=never may follow its ?"),
    ],
)
def test_impossible(url: str, why: str) -> None:
    """The sentence never repeats what was given."""
    with pytest.raises(ValueError, match=f"^{re.escape(why)}$"):
        smtp_server(url)


def test_password_is_not_shown() -> None:
    server = SmtpServer("h", 587, Security.STARTTLS, "u", "secret-1")
    assert "secret-1" not in f"{server!r} {server}"
