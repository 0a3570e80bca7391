"""CreatorAudit's REST API v2 (httpx), the only place that knows its JSON."""
