#!/usr/bin/env bash
# Runs every example as it stands, as a user would, and looks at what it prints. They have been built by then.
set -euo pipefail
# Numbers are printed as the user's locale has them.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} WINNOW_PROBE=0 LC_ALL=C.UTF-8
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=scripts/setup.sh
. "$root/scripts/setup.sh"
# shellcheck source=check.sh
. "$root/tests/scripts/check.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=${PYTHON:-/usr/bin/python3}
out=""

# runs PROJECT: what an example prints.
runs() {
    out=$("$dotnet" "$root/artifacts/bin/$1/release/$1.dll" 2>"$work/error") || out="exit code $?: $(tail -n 5 "$work/error")"
}

# share PATTERN: the number in front of the percent sign that follows the pattern, as a whole number.
share() { sed -n "s/.*$1 *\([0-9]*\)\.[0-9]* *%.*/\1/p" <<<"$out" | head -n 1; }

runs OwnModule
check "examples: own module" '(( $(share accuracy) >= 85 ))' '[[ $out == *" samples, "*"% saved"* || $out == *" samples, "*" % saved"* ]]'
runs OwnLoop
check "examples: own loop" '(( $(share accuracy) >= 85 ))' '[[ $out == *"visited "*" saved"* ]]'
runs OwnMethod
check "examples: own method" '[[ $out == *"every-other:below=0.1: accuracy "* && $out == *"full: accuracy "* ]]' '(( $(share "every-other:below=0.1: accuracy") >= 80 ))'
runs OwnTask
# With all of the noise left in it is 0.083.
check "examples: own task" '(( 10#$(sed -n "s/infobatch: mse 0\.\(...\).*/\1/p" <<<"$out") < 30 ))' '[[ $out =~ infobatch:\ mse\ 0\.[0-9]+ && $out =~ full:\ mse\ 0\.[0-9]+ ]]'
if "$python" -c 'import numpy' 2>/dev/null; then
    out=$(PYTHONPATH="$root/bindings/python" "$python" -B "$root/examples/python_loop.py" 2>&1) || out="exit code $?: $out"
    check "examples: Python loop" '[[ $out =~ accuracy\ 9[0-9] && $out == *" saved"* ]]'
else
    echo "skip examples: Python loop no numpy in $python"
fi
if [[ -d /usr/share/datasets/fashion-mnist || -d $root/data/fashion-mnist || ( -n ${WINNOW_DATA-} && -d $WINNOW_DATA/fashion-mnist ) ]] && [[ -f $root/artifacts/native/libwinnow_gloo.so ]]; then
    out=$(bash "$root/examples/two_processes.sh" --run "$work/run" --threads 1 2>&1) || out="exit code $?: $out"
    check "examples: two processes" '[[ -s $work/run/result.json && -s $work/run/report.html ]]' 'grep -q "\"processes\": 2" "$work/run/result.json"'
else
    echo "skip examples: two processes no fashion-mnist here, or no process groups"
fi
((failures == 0))
