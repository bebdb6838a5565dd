"""Serious Violence Reduction Orders: who may get one, what it was when, each search, and the figures."""

from zoneinfo import reset_tzpath

__version__ = "0.1.0"

reset_tzpath(
    ()
)  # before anything asks what a London day is: the pinned tzdata decides, not the machine's files
