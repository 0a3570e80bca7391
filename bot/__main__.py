"""``python -m bot`` is the same as ``recap``."""

from bot.cli import main

main()
