"""The HTTP side: what Slack calls and what a platform asks."""
