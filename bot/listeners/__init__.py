"""What Slack sends, one module per kind in Slack's own naming; each has ``register(app, …)``."""
