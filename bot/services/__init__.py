"""Use cases. They speak to ``bot.ports`` only; ``bot.wiring`` knows who implements a port."""
