"""The law, as rules on facts: no clock, no session, no input or output, nothing imported but the standard
library and msgspec.

Every rule says itself in plain words first and ends with the provision that it comes from, as `sources` names
it.
"""
