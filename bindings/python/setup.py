"""Puts the compiled library into the wheel, which is therefore one of this platform; everything else stands in pyproject.toml."""
import os
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.dist import Distribution

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:
    from wheel.bdist_wheel import bdist_wheel

HERE = Path(__file__).resolve().parent


def library() -> Path:
    found = [Path(p) for p in (os.environ.get("WINNOW_LIBRARY"), HERE.parent.parent / "artifacts/native/libwinnow.so") if p]
    for path in found:
        if path.is_file():
            return path
    raise SystemExit("winnow: no libwinnow.so to put into the package; run scripts/library in the repository first, or name the file in WINNOW_LIBRARY")


class BuildWithLibrary(build_py):
    def run(self):
        super().run()
        target = Path(self.build_lib) / "winnow"
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(library(), target / "libwinnow.so")


class WheelOfThisPlatform(bdist_wheel):
    # Any Python 3, but only this machine's kind.
    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


class HasBinary(Distribution):
    def has_ext_modules(self):
        return True


setup(cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": WheelOfThisPlatform}, distclass=HasBinary)
