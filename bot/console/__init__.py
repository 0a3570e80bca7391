"""What the commands of ``recap`` do; ``bot.cli`` is only their words."""
