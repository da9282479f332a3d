"""Compression: the back ends, and one protocol that measures each of them alone in a fresh process."""
