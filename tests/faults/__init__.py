"""Two workers, killed at random, between a Slack and a network that misbehave."""
