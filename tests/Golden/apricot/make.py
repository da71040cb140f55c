"""Makes submodular.json and digits.gz: the rankings and gains that apricot's tests store, and the digits that they are of.

python3 tests/Golden/apricot/make.py APRICOT OPTDIGITS

APRICOT    a checkout of https://github.com/jmschrei/apricot at the commit below (MIT)
OPTDIGITS  optdigits.tes of https://github.com/vishalburri/BACKPROPAGATION-NN at the commit below: the 1,797 test digits of UCI's
           "Optical Recognition of Handwritten Digits", 64 counts of 0 to 16 each and the digit

Only numbers are taken: those of the lists by name, without running what they lie in.
"""
import ast
import gzip
import json
import pathlib
import sys

APRICOT = "962f597a57fcb880a3b19befa7a3eebccc6b5228"
DIGITS = "17696d7874895e421d2b7c6d606b1b473c6accb6"
HERE = pathlib.Path(__file__).parent


def lists(path):
    numbers = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List):
            numbers[node.targets[0].id] = ast.literal_eval(node.value)
    return numbers


def main(apricot, digits):
    found = {
        "what": "rankings (rows of digits.gz, 0-based) and gains that apricot's tests store for greedy selection of 100",
        "source": f"github.com/jmschrei/apricot at {APRICOT}",
        "digits": f"github.com/vishalburri/BACKPROPAGATION-NN at {DIGITS}: optdigits.tes, its first 64 columns as bytes, row after row",
    }
    for name, file in (("facility-location", "test_facility_location.py"), ("graph-cut", "test_graph_cut.py")):
        numbers = lists(pathlib.Path(apricot, "tests/test_functions", file))
        found[name] = {"path": f"tests/test_functions/{file}"} | {
            metric: {"ranking": numbers[f"digits_{metric}_ranking"], "gains": numbers[f"digits_{metric}_gains"]} for metric in ("euclidean", "cosine")
        }
    (HERE / "submodular.json").write_text(json.dumps(found, separators=(",", ":")).replace('"facility', '\n"facility').replace('"graph', '\n"graph') + "\n")
    rows = [[int(field) for field in line.split(",")][:64] for line in pathlib.Path(digits).read_text().split()]
    (HERE / "digits.gz").write_bytes(gzip.compress(bytes(value for row in rows for value in row), 9, mtime=0))


main(*sys.argv[1:])
