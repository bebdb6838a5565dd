"""The commands, for operators and batch work. Each loads what it needs when it runs; with the app, this is
where clocks are read.

Exit status: 0 done, 1 refused with a reason on standard error, 2 wrong usage.
"""

from svro.cli import bundles, disclosing, evidence, exports, imports, operating, panels, reports, serving
from svro.cli.base import main

__all__ = [
    "bundles",
    "disclosing",
    "evidence",
    "exports",
    "imports",
    "main",
    "operating",
    "panels",
    "reports",
    "serving",
]
