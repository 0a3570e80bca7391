"""What makes the clock's hand move: one tick, again and again."""
