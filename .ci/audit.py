"""Asks an advisory service for known vulnerabilities of what ``requirements.txt`` installs.

A known one fails the run. A service that can't be asked doesn't, since nothing is known then; one
line says so. Options are handed on to pip-audit: ``--ignore-vuln ID`` for what does not concern us.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REQUIREMENTS = Path(__file__).parent.parent / "requirements.txt"
ASK = ("-r", str(REQUIREMENTS), "--require-hashes", "--disable-pip", "--progress-spinner=off")


def main(options: Sequence[str]) -> int:
    """Print what was found; 1 when that is a vulnerability."""
    asked = subprocess.run(  # noqa: S603 -- our own tool, our own options
        [sys.executable, "-m", "pip_audit", *ASK, "--format=json", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        packages: list[dict[str, Any]] = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        said = (asked.stderr.strip().splitlines() or ["no answer"])[-1]
        print(f"WARNING: the dependencies were not audited: {said}")
        return 0
    found = [(one, flaw) for one in packages for flaw in one.get("vulns", ())]
    for one, flaw in found:
        fixed = ", ".join(flaw["fix_versions"]) or "no version yet"
        print(f"VULNERABLE: {one['name']} {one['version']}: {flaw['id']}, fixed in {fixed}")
    unasked = sum("skip_reason" in one for one in packages)
    if unasked:
        print(
            f"WARNING: {unasked} of {len(packages)} dependencies were not audited: the advisory "
            "service can't be reached, or does not know them."
        )
    elif not found:
        print(f"Audited: {len(packages)} dependencies, no known vulnerability.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
