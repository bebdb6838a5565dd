"""Ratios of our speed to the limit of the same machine in the same minute."""
