#!/usr/bin/env bash
# Tests of ./test's closing line: what counts as passed, failed and skipped.
set -euo pipefail
# shellcheck source=machine.sh
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"

# project NAME TOTAL EXECUTED PASSED CODE: a test project whose run leaves these counts; TOTAL "none" leaves no result file.
project() {
    mkdir -p "$clone/tests/$1"
    touch "$clone/tests/$1/$1.csproj"
    echo "$2 $3 $4 $5" >"$machine/result-$1"
}

# suite NAME: a machine where everything is set up.
suite() {
    machine "$1"
    printf '%s\n' libtorch-dev libgloo-dev libopenblas0-openmp python3-torch python3-numpy chromium chromium-driver python3-setuptools python3-wheel slurm-wlm munge dataset-fashion-mnist >"$machine/installed"
    fake dotnet <<'END'
case $1 in
    --list-sdks) echo "10.0.100 [/sdk]" ;;
    publish) while [[ $1 != -o ]]; do shift; done; mkdir -p "$2"; touch "$2/Winnow.Native.so" ;;
    build) [[ ! -e $MACHINE/broken ]] || { echo "a.cs(1,1): error CS1002: ; expected"; exit 1; } ;;
    format) [[ ! -e $MACHINE/ugly ]] || { echo "a.cs(1,1): error WHITESPACE"; exit 2; } ;;
    test)
        read -r total executed passed code <"$MACHINE/result-${2##*/}"
        while [[ $1 != --results-directory ]]; do last=$1; shift; [[ $last != test ]] || name=${1##*/}; done
        for ((i = executed; i < total; i++)); do
            echo '<UnitTestResult testName="X.Y" outcome="NotExecuted">'
            echo '  <Message>needs numpy &amp; more</Message>'
        done >"$2/$name.trx" 2>/dev/null
        [[ $total == none ]] && rm -f "$2/$name.trx" || echo "<Counters total=\"$total\" executed=\"$executed\" passed=\"$passed\" failed=\"0\" />" >>"$2/$name.trx"
        ((code == 0)) || echo "  Failed X.Y_is_z"
        exit "$code" ;;
esac
END
}

last() { tail -n 1 "$machine/out"; }

suite good
project A 5 5 5 0
project B 4 3 3 0
run test
check "counts are added over projects" '((code == 0))' '[[ $(last) == "8 passed, 0 failed, 1 skipped" ]]'
check "the reason for skipping is shown" '[[ $out == *"  1 skipped: needs numpy & more"* ]]'
run test "$clone/tests/A"
check "one project can be chosen" '[[ $(last) == "5 passed, 0 failed, 0 skipped" ]]'
run test --ci
check "formatting counts as a test" '[[ $(last) == "9 passed, 0 failed, 1 skipped" ]]'
touch "$machine/ugly"
run test --ci
check "bad formatting is a failure" '((code == 1))' '[[ $out == *WHITESPACE* ]]' '[[ $(last) == "8 passed, 1 failed, 1 skipped" ]]'

suite bad
project A 5 5 4 1
project B 3 3 3 0
run test
check "a failed test fails the whole and is shown" '((code == 1))' '[[ $out == *"Failed X.Y_is_z"* ]]' '[[ $(last) == "7 passed, 1 failed, 0 skipped" ]]'

suite crash
project A 5 5 5 134
project B none 0 0 1
run test
check "a host that dies is a failure, with a result file or without" '((code == 1))' '[[ $(last) == "5 passed, 2 failed, 0 skipped" ]]'

suite empty
project A 0 0 0 0
project B 2 2 2 0
run test
check "a project without tests is a failure" '((code == 1))' '[[ $out == *"A: ran no tests"* ]]' '[[ $(last) == "2 passed, 1 failed, 0 skipped" ]]'
run test --filter X
check "a filter may leave a project empty" '((code == 0))' '[[ $(last) == "2 passed, 0 failed, 0 skipped" ]]'
run test "$clone/tests/A" --filter X
check "a filter that leaves nothing at all is a failure" '((code == 1))' '[[ $(last) == "0 passed, 1 failed, 0 skipped" ]]'

suite broken
project A 5 5 5 0
touch "$machine/broken"
run test
check "a build that fails shows its errors and the count" '((code == 1))' '[[ $out == *"error CS1002"* ]]' '[[ $(last) == "0 passed, 1 failed, 0 skipped" ]]'

suite peers
project A 5 5 5 0
printf '%s\n' libtorch-dev libgloo-dev libopenblas0-openmp >"$machine/installed"
fake id <<<'echo 1000'
run test
check "without root the tests run without their peers and say so" '((code == 0))' '[[ $err == *"going on without python3-torch python3-numpy chromium chromium-driver python3-setuptools python3-wheel slurm-wlm munge"* ]]'

suite python
project A 5 5 5 0
mkdir -p "$clone/bindings/python/tests"
touch "$clone/bindings/python/tests/run.py"
fake python3 <<'END'
[[ $1 != -c ]] || exit 0
printf 'ok one\nok two\nskip three no torch\n'
[[ ! -e $MACHINE/bad ]] || { echo "not ok four"; exit 1; }
[[ ! -e $MACHINE/dead ]] || exit 139
END
with=(PYTHON="$machine/bin/python3")
run test
check "the Python package's tests are counted with the others" '((code == 0))' '[[ $(last) == "7 passed, 0 failed, 1 skipped" ]]' '[[ $out == *"1   skipped: no torch"* ]]'
touch "$machine/dead"
run test "$clone/bindings/python"
check "a Python that dies is a failure" '((code == 1))' '[[ $(last) == "2 passed, 1 failed, 1 skipped" ]]'
touch "$machine/bad"
run test "$clone/bindings/python"
check "a failed Python test is shown" '((code == 1))' '[[ $out == *"not ok four"* ]]' '[[ $(last) == "2 passed, 1 failed, 1 skipped" ]]'
with=()

((failures == 0))
