"""The report that s.166(4) of the 2022 Act asks for before any roll-out."""
