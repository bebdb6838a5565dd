"""Every measure: its formula, its denominator, the data it needs, what it says and does not say, and whence
it comes. Sentences, tables and pages take their words from here.
"""

from svro.figures.entries import Measure as Measure
from svro.figures.entries import Part as Part
from svro.figures.measured import Code
from svro.figures.measures_of_people import OF_PEOPLE
from svro.figures.measures_of_searches import OF_SEARCHES

MEASURES: dict[Code, Measure] = {measure.code: measure for measure in (*OF_PEOPLE, *OF_SEARCHES)}
"""Every measure by its code."""
