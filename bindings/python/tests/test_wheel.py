"""The wheel: built as a package index would, unpacked away from the repository, used there."""
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

from winnow import _library

PACKAGE = Path(__file__).resolve().parents[1]


@unittest.skipIf(any(importlib.util.find_spec(name) is None for name in ("setuptools", "wheel")), "no setuptools or no wheel")
class Wheel(unittest.TestCase):
    def test_holds_library_types_and_all_that_is_needed(self):
        with tempfile.TemporaryDirectory(prefix="winnow-wheel-") as home:
            source = shutil.copytree(PACKAGE, Path(home, "source"), ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
            environment = {**os.environ, "WINNOW_LIBRARY": _library.library._name}
            done = subprocess.run([sys.executable, "-c", f"from setuptools import build_meta; build_meta.build_wheel({home!r})"], cwd=source, env=environment,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            wheel, = Path(home).glob("*.whl")
            self.assertRegex(wheel.name, r"^winnow_pruning-\d+\.\d+\.\d+-py3-none-linux_\w+\.whl$")
            with zipfile.ZipFile(wheel) as archive:
                names = set(archive.namelist())
                archive.extractall(Path(home, "site"))
            self.assertLessEqual({f"winnow/{path.name}" for path in (PACKAGE / "winnow").glob("*.py")} | {"winnow/py.typed", "winnow/libwinnow.so"}, names)
            self.assertFalse([name for name in names if name.startswith("tests")])
            code = "import winnow; p = winnow.Pruner(100, epochs=2); print(winnow.__file__, p.plan(0).count)"
            clean = {key: value for key, value in os.environ.items() if key != "WINNOW_LIBRARY"}
            used = subprocess.run([sys.executable, "-c", code], cwd=home, env={**clean, "PYTHONPATH": str(Path(home, "site"))}, capture_output=True, text=True)
            self.assertEqual((used.returncode, used.stdout.split()), (0, [str(Path(home, "site", "winnow", "__init__.py")), "100"]), used.stderr)

    def test_without_a_library_nothing_is_built_and_it_says_what_to_do(self):
        with tempfile.TemporaryDirectory(prefix="winnow-wheel-") as home:
            source = shutil.copytree(PACKAGE, Path(home, "a", "b", "source"), ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
            clean = {key: value for key, value in os.environ.items() if key != "WINNOW_LIBRARY"}
            done = subprocess.run([sys.executable, "-c", f"from setuptools import build_meta; build_meta.build_wheel({home!r})"], cwd=source, env=clean, capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("run scripts/library", done.stdout + done.stderr)
            self.assertEqual(list(Path(home).glob("*.whl")), [])


if __name__ == "__main__":
    unittest.main()
