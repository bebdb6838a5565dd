"""The demonstration: an invented world on a database of its own, and a sign-in that asks for nothing but a
role.
"""
