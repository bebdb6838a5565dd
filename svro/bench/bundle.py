"""What a disclosure bundle costs beyond its PDF: 200 searches and 40 documents made into a bundle, beside
Typst setting the same PDF alone.

Typst remembers what it has set, so each way runs in a process of its own, which says how long it took and how
much memory it ever held.
"""

import json
import resource
import subprocess
import sys
import time
from importlib.metadata import version
from typing import Any

from svro.bench.databases import Databases
from svro.bench.disclosures import SIGNER, disclosed
from svro.bench.rounds import FULL, Block, Size, Subject, compare

GOAL = 1 / 1.6
"""At most 1.6 times as long as the PDF alone."""
MOST_MIB = 600
SEARCHES, DOCUMENTS, DOCUMENT_BYTES, LOG = 200, 40, 150_000, 100_000


def run(_databases: Databases, size: Size) -> list[dict[str, Any]]:
    """One comparison; it passes where the time is within the goal and the memory within its limit."""
    small, peaks = size.rows < FULL.rows, list[float]()

    def block(way: str) -> Block:
        command = [sys.executable, "-m", __name__, way, *(["small"] if small else [])]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        said = json.loads(done.stdout)
        if way == "ours":
            peaks.append(said["peak_mib"])
        return Block(1, said["wall"], said["cpu"])

    subject = Subject(
        "bundle", f"Typst {version('typst')}", GOAL, "bundle",
        f"{SEARCHES} searches and {DOCUMENTS} documents as a signed bundle", "Typst setting its PDF alone",
    )  # fmt: skip
    row = compare(subject, size.rounds, lambda: block("ours"), lambda: block("limit"))
    peak = max(peaks)
    row["ours"] += f"; at most {peak:.0f} MiB of memory, of {MOST_MIB}"
    row["pass"] = bool(row["pass"]) and peak < MOST_MIB
    return [row]


def _once(way: str, small: bool) -> dict[str, float]:
    from svro.documents.bundle import bundle
    from svro.documents.disclosure_pdf import printed
    from svro.documents.typeset import typeset

    searches, documents, log = (4, 2, 100) if small else (SEARCHES, DOCUMENTS, LOG)
    content, files = disclosed(
        searches, documents, redact=range(1, searches, 4), log_size=log, document_bytes=DOCUMENT_BYTES
    )
    typeset("disclosure", printed(disclosed(1, 0, client="Warming up")[0]), content.known_at)
    data = printed(content)
    begun, spent = time.perf_counter(), time.process_time()
    if way == "ours":
        bundle(content, files, SIGNER)
    else:
        typeset("disclosure", data, content.known_at)
    took = {"wall": time.perf_counter() - begun, "cpu": time.process_time() - spent}
    return {**took, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    print(json.dumps(_once(sys.argv[1], "small" in sys.argv)))
