"""Serious Violence Reduction Orders: who may get one, what it was when, each search, and the figures."""

__version__ = "0.1.0"
