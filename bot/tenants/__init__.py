"""Who has Recap: the workspaces that installed it, and whose numbers each of them sees."""
