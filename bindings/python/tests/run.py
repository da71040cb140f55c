"""Runs the tests of the Python package and prints a line a test, as ./test counts them: ok NAME, not ok NAME, skip NAME."""
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]


class Lines(unittest.TextTestResult):
    def addSuccess(self, test):
        super().addSuccess(test)
        print("ok", test.id(), flush=True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        print("not ok", test.id(), "\n" + self.failures[-1][1], flush=True)

    def addError(self, test, err):
        super().addError(test, err)
        print("not ok", getattr(test, "id", lambda: test)(), "\n" + self.errors[-1][1], flush=True)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print("skip", test.id(), reason, flush=True)


if __name__ == "__main__":
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromNames(sys.argv[1:]) if len(sys.argv) > 1 else loader.discover(str(HERE))
    sys.exit(not unittest.TextTestRunner(resultclass=Lines, verbosity=0, stream=sys.stderr).run(suite).wasSuccessful())
