"""The arrows between packages hold, as docs/ARCHITECTURE.md draws them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_package_imports_only_those_below_it() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run([lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout


def test_the_torch_free_part_of_modeling_imports_no_torch() -> None:
    modules = "modeling, modeling.manifest, modeling.bundles, modeling.catalog"
    program = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0
