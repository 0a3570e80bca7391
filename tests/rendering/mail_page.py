"""``python -m tests.rendering.mail_page`` writes the mail's page anew from its MJML."""

from mrml import to_html

from bot.rendering.mail.page import FOLDER, TEMPLATE

SOURCE = FOLDER / "recap.mjml"
PAGE = FOLDER / TEMPLATE


def made() -> str:
    """What mrml makes of the MJML; it leaves what Jinja2 will fill in as it is."""
    return to_html(SOURCE.read_text(encoding="utf-8")).content + "\n"


if __name__ == "__main__":
    PAGE.write_text(made(), encoding="utf-8")
