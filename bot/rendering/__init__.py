"""Digest in, message out. Pure: no clock, no I/O, no ``await``."""
