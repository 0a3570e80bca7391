"""Recap: a Slack app that answers /recap with a true CreatorAudit recap."""
