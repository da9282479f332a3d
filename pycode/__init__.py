"""Applied Deep Learning: measure, record and publish, so that no page holds a number nobody measured."""

__version__ = "0.1.0"
