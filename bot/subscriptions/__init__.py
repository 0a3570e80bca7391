"""What a subscription is, when it is due and what becomes of a delivery: decisions without I/O."""
