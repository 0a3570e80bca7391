"""Stand-ins for Slack and CreatorAudit, and the demo that runs Recap against them."""
