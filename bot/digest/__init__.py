"""The pure core: facts in, digest out. No clock, no I/O, no ``await``."""
